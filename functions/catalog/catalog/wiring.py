"""Puts the adapters behind the ports; only doors ask for it."""

import os
from functools import lru_cache

from catalog.listing import TableListing
from catalog.repository import ProductTable, StockTable
from catalog.use_cases.ports import Ports
from minishop import clock, ids


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    return Ports(
        products=ProductTable(),
        listing=TableListing(),
        stock=StockTable(),
        clock=clock.system,
        ids=ids.system,
        currency=os.environ["SHOP_CURRENCY"],
    )
