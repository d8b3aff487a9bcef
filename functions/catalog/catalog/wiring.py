"""Puts the adapters behind the ports; only doors ask for it. What few need is imported for them."""

import os
from functools import lru_cache

from catalog.bucket_table import BucketTable
from catalog.category_table import CategoryTable
from catalog.ledger_table import LedgerTable
from catalog.promotion_table import PromotionTable
from catalog.repository import ProductTable, StockTable
from catalog.search import IndexSearch
from catalog.snapshots import BucketSnapshots
from catalog.use_cases.ports import ExportPorts, ImagePorts, ImportPorts, Ports
from minishop import clock, ids


@lru_cache(maxsize=1)
def search() -> IndexSearch:
    """The process's index."""
    return IndexSearch(ProductTable(), BucketSnapshots(), clock.system)


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    return Ports(
        products=ProductTable(),
        search=search(),
        stock=StockTable(),
        promotions=PromotionTable(),
        ledger=LedgerTable(),
        buckets=BucketTable(),
        categories=CategoryTable(),
        clock=clock.system,
        ids=ids.system,
        currency=os.environ["SHOP_CURRENCY"],
    )


@lru_cache(maxsize=1)
def image_ports() -> ImagePorts:
    """The process's ports of pictures."""
    from catalog.image_shelf import BucketPictures
    from catalog.image_table import ImageTable

    return ImagePorts(shop=ports(), images=ImageTable(), pictures=BucketPictures(clock.system))


@lru_cache(maxsize=1)
def import_ports() -> ImportPorts:
    """The process's ports of imports."""
    from catalog.files import BucketFiles
    from catalog.import_schemas import LineReader
    from catalog.import_table import ImportTable

    return ImportPorts(
        shop=ports(), imports=ImportTable(), files=BucketFiles(clock.system), read_line=LineReader(clock.system)
    )


@lru_cache(maxsize=1)
def export_ports() -> ExportPorts:
    """The process's ports of exports."""
    from catalog.export_shelf import BucketShelf
    from catalog.export_table import ExportTable

    return ExportPorts(shop=ports(), exports=ExportTable(), shelf=BucketShelf(clock.system))
