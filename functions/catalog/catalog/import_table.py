"""Imports in the catalogue's table.

pk           sk              what
import#<id>  import          an import; index due under `imports`, while there is something to do
import#<id>  lines#<first>   what came of a batch of its lines
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from catalog.domain.imports import BATCH, KEEP_FOR, Import, ImportStatus, LineResult
from catalog.items import TABLE
from catalog.use_cases.ports import Position
from minishop import dynamodb
from minishop.clock import rfc3339
from minishop.dynamodb import DocumentAttribute, Item, TableMeta, TimeAttribute, Transaction

WORK = "imports"
_COUNTS = ("size", "offset", "lines", "created", "changed", "unchanged", "refused")
_TEXTS = ("actor", "correlation_id", "etag", "failure")


class UnfinishedImports(GlobalSecondaryIndex["ImportItem"]):
    """Imports with something to do, by age."""

    class Meta(TableMeta):
        index_name = "due"
        projection = AllProjection()

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class ImportItem(Item):
    """An import."""

    class Meta(TableMeta):
        table_name = TABLE

    due = UnfinishedImports()

    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)
    import_id = UnicodeAttribute()
    status = UnicodeAttribute()
    actor = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()
    etag = UnicodeAttribute()
    size = NumberAttribute()
    offset = NumberAttribute()
    lines = NumberAttribute()
    created = NumberAttribute()
    changed = NumberAttribute()
    unchanged = NumberAttribute()
    refused = NumberAttribute()
    failure = UnicodeAttribute()


class LinesItem(Item):
    """What came of a batch of lines."""

    class Meta(TableMeta):
        table_name = TABLE

    results = DocumentAttribute[tuple[LineResult, ...]](tuple[LineResult, ...])


def _key(import_id: str) -> str:
    return f"import#{import_id}"


def _lines_key(first: int) -> str:
    return f"lines#{first:09d}"


def _expiry(job: Import) -> int:
    return int((job.created_at + KEEP_FOR).timestamp())


def _item(job: Import) -> ImportItem:
    item = ImportItem(
        _key(job.id),
        "import",
        import_id=job.id,
        status=job.status.value,
        created_at=job.created_at,
        updated_at=job.updated_at,
        version=job.version,
        expires_at=_expiry(job),
        **{name: getattr(job, name) for name in (*_COUNTS, *_TEXTS)},
    )
    if not job.ended:
        item.due_pk, item.due_sk = WORK, f"{rfc3339(job.created_at)}#{job.id}"
    return item


def _import(item: ImportItem) -> Import:
    values: dict[str, Any] = {name: int(getattr(item, name)) for name in _COUNTS}
    values |= {name: getattr(item, name) for name in _TEXTS}
    return Import(
        id=item.import_id,
        status=ImportStatus(item.status),
        created_at=item.created_at,
        updated_at=item.updated_at,
        version=int(item.version),
        **values,
    )


class ImportTable:
    """Implements `catalog.use_cases.ports.Imports`."""

    def find(self, import_id: str) -> Import | None:
        """One GetItem."""
        item = ImportItem.find(_key(import_id), "import")
        return _import(item) if item else None

    def insert(self, job: Import) -> Import:
        """One Put."""
        item = _item(job)
        item.version = 1
        dynamodb.insert(item)
        return _import(item)

    def save(self, job: Import, results: Sequence[LineResult]) -> Import:
        """One conditional Put; a transaction with the results, where there are any. Raises ConcurrentUpdateError."""
        item = _item(job)
        if not results:
            dynamodb.replace(item, expected=job.version)
            return _import(item)
        first = (results[0].line - 1) // BATCH * BATCH + 1
        kept = LinesItem(_key(job.id), _lines_key(first), results=tuple(results), expires_at=_expiry(job))
        transaction = Transaction()
        transaction.replace("import", item, expected=job.version)
        transaction.insert("lines", kept)
        transaction.commit()
        return _import(item)

    def results(
        self, import_id: str, limit: int, position: Position | None
    ) -> tuple[list[LineResult], Position | None]:
        """One Query."""
        after = position["line"] if position else 0
        first = _lines_key(after // BATCH * BATCH + 1)
        batches = LinesItem.query(
            _key(import_id), LinesItem.sk.between(first, _lines_key(10**9 - 1)), limit=limit // BATCH + 2
        )
        every = [result for batch in batches for result in batch.results if result.line > after]
        found = every[:limit]
        more = len(every) > limit or batches.last_evaluated_key is not None
        return found, {"line": found[-1].line} if more and found else None

    def unfinished(self) -> Iterable[Import]:
        """One Query on due."""
        return [_import(item) for item in ImportItem.due.query(WORK)]
