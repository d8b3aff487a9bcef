"""An import: a file of products, one JSON object per line, worked off in the background.

    waiting (for the upload) → running → done
        └──────────────────────┴──→ failed (nothing came in time, or the file was replaced meanwhile)

A line whose slug is new makes a product; one whose slug is known changes it, in the fields that the line has. So a
line that is worked off again, because a run ended before it had written down what it did, changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from catalog.domain.products import Product, ProductChanges
from minishop.errors import NotFoundError

BATCH = 50  # lines whose results are kept together
UPLOAD_FOR = timedelta(hours=1)
KEEP_FOR = timedelta(days=30)
MAX_BYTES = 256 * 1024 * 1024
MAX_LINE_ERRORS = 5  # of one line that are told


class ImportNotFoundError(NotFoundError):
    """There is no such import, or it was long ago."""

    code = "import_not_found"
    title = "No such import"


class ImportStatus(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Outcome(StrEnum):
    """What came of a line."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class LineResult:
    """What came of a line: of which product, or why it was refused (code, detail, and (pointer, detail) pairs)."""

    line: int
    outcome: Outcome
    slug: str = ""
    product_id: str = ""
    code: str = ""
    detail: str = ""
    errors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ProductLine:
    """A line that can be read: the product to make, or what of the one with this slug is to be different."""

    product: Product
    changes: ProductChanges


@dataclass(frozen=True)
class Upload:
    """A file that is there: bytes, and a mark that another content would not have."""

    size: int
    etag: str


@dataclass(frozen=True, kw_only=True)
class Import:
    """An import.

    Attributes:
        offset: Bytes of the file that are worked off.
        size: Bytes of the file; 0 until it is there.
        lines: That are worked off, empty ones too.
        failure: Why it failed.
        version: Of what is stored; 0 when nothing is.
    """

    id: str
    status: ImportStatus
    actor: str
    correlation_id: str
    created_at: datetime
    updated_at: datetime
    etag: str = ""
    size: int = 0
    offset: int = 0
    lines: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    failure: str = ""
    version: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in {ImportStatus.DONE, ImportStatus.FAILED}


def begin(job: Import, upload: Upload | None, *, at: datetime) -> Import:
    """The import with its file, running; failed when there is none in time, or another one than before."""
    if upload is None:
        late = job.status is ImportStatus.RUNNING or at >= job.created_at + UPLOAD_FOR
        return fail(job, "There is no file; make another import.", at=at) if late else job
    if not upload.size:
        return fail(job, "The file is empty; make another import.", at=at)
    if job.status is ImportStatus.RUNNING and upload.etag != job.etag:
        return fail(job, "The file was replaced while it was worked off; make another import.", at=at)
    return replace(job, status=ImportStatus.RUNNING, etag=upload.etag, size=upload.size)


def fail(job: Import, why: str, *, at: datetime) -> Import:
    """The import, given up."""
    return replace(job, status=ImportStatus.FAILED, failure=why, updated_at=at)


def advance(job: Import, results: Sequence[LineResult], *, lines: int, offset: int, at: datetime) -> Import:
    """The import with these further lines worked off, up to `offset`."""
    counts = {outcome: sum(result.outcome is outcome for result in results) for outcome in Outcome}
    return replace(
        job,
        offset=offset,
        lines=job.lines + lines,
        created=job.created + counts[Outcome.CREATED],
        changed=job.changed + counts[Outcome.CHANGED],
        unchanged=job.unchanged + counts[Outcome.UNCHANGED],
        refused=job.refused + counts[Outcome.REFUSED],
        status=ImportStatus.DONE if offset >= job.size else ImportStatus.RUNNING,
        updated_at=at,
    )
