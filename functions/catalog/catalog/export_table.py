"""Exports in the catalogue's table.

pk           sk      what
export#<id>  export  an export; index due under `exports`, until its file is there
"""

from collections.abc import Iterable
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from catalog.domain.exports import KEEP_FOR, Export
from catalog.items import TABLE
from minishop import dynamodb
from minishop.clock import rfc3339
from minishop.dynamodb import Item, TableMeta, TimeAttribute

WORK = "exports"


class UnfinishedExports(GlobalSecondaryIndex["ExportItem"]):
    """Exports without their file, by age."""

    class Meta(TableMeta):
        index_name = "due"
        projection = AllProjection()

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class ExportItem(Item):
    """An export."""

    class Meta(TableMeta):
        table_name = TABLE

    due = UnfinishedExports()

    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)
    export_id = UnicodeAttribute()
    actor = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()
    products = NumberAttribute(null=True)


def _item(job: Export) -> ExportItem:
    item = ExportItem(
        f"export#{job.id}",
        "export",
        export_id=job.id,
        actor=job.actor,
        correlation_id=job.correlation_id,
        created_at=job.created_at,
        updated_at=job.updated_at,
        products=job.products,
        version=job.version,
        expires_at=int((job.created_at + KEEP_FOR).timestamp()),
    )
    if not job.done:
        item.due_pk, item.due_sk = WORK, f"{rfc3339(job.created_at)}#{job.id}"
    return item


def _export(item: ExportItem) -> Export:
    products: Any = item.products
    return Export(
        id=item.export_id,
        actor=item.actor,
        correlation_id=item.correlation_id,
        created_at=item.created_at,
        updated_at=item.updated_at,
        products=products,
        version=int(item.version),
    )


class ExportTable:
    """Implements `catalog.use_cases.ports.Exports`."""

    def find(self, export_id: str) -> Export | None:
        """One GetItem."""
        item = ExportItem.find(f"export#{export_id}", "export")
        return _export(item) if item else None

    def insert(self, job: Export) -> Export:
        """One Put."""
        item = _item(job)
        item.version = 1
        dynamodb.insert(item)
        return _export(item)

    def replace(self, job: Export) -> Export:
        """One conditional Put. Raises ConcurrentUpdateError."""
        item = _item(job)
        dynamodb.replace(item, expected=job.version)
        return _export(item)

    def unfinished(self) -> Iterable[Export]:
        """One Query on due."""
        return [_export(item) for item in ExportItem.due.query(WORK)]
