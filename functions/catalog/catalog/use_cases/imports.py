"""Imports: asked for, worked off, looked at."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from catalog.domain import imports as domain
from catalog.domain.imports import (
    BATCH,
    MAX_LINE_ERRORS,
    Import,
    ImportNotFoundError,
    ImportStatus,
    LineResult,
    Outcome,
    ProductLine,
)
from catalog.domain.products import SlugTakenError
from catalog.use_cases.ports import ImportPorts, Position, RawLine, UploadForm
from catalog.use_cases.products import ATTEMPTS, change_product, create_product
from minishop.errors import ConcurrentUpdateError, ProblemError, StaleVersionError


def create_import(ports: ImportPorts, *, actor: str, correlation_id: str) -> tuple[Import, UploadForm]:
    """A new import, and where its file goes."""
    now = ports.shop.clock.now()
    job = Import(
        id=ports.shop.ids.new("imp"),
        status=ImportStatus.WAITING,
        actor=actor,
        correlation_id=correlation_id,
        created_at=now,
        updated_at=now,
    )
    return ports.imports.insert(job), ports.files.upload_form(job.id)


def get_import(
    ports: ImportPorts, import_id: str, limit: int, position: Position | None
) -> tuple[Import, list[LineResult], Position | None]:
    """An import, and a page of what came of its lines. Raises ImportNotFoundError."""
    job = ports.imports.find(import_id)
    if job is None:
        raise ImportNotFoundError("There is no such import.")
    return job, *ports.imports.results(import_id, limit, position)


def unfinished_imports(ports: ImportPorts) -> Iterable[Import]:
    """Those that wait for their file, or for the rest of their lines to be worked off; the oldest first."""
    return ports.imports.unfinished()


def work_off(ports: ImportPorts, job: Import, *, until: datetime) -> Import:
    """Works off as much of an import as there is time for; the import as it then is.

    Stops where another process works on it too.
    """
    begun = _begun(ports, job)
    if begun.status is not ImportStatus.RUNNING:
        return begun
    found = ports.files.lines(begun.id, begun.offset, begun.etag)
    if found is None:  # replaced since it was looked at: an import that was under way fails, another waits its turn
        again = _begun(ports, job)
        return again if again.ended else job
    lines = iter(found)
    while ports.shop.clock.now() < until:
        batch = list(islice(lines, BATCH))
        results = [_apply(ports, begun.lines + number, line) for number, line in enumerate(batch, 1) if line.text]
        offset = batch[-1].end if batch else begun.size
        after = domain.advance(begun, results, lines=len(batch), offset=offset, at=ports.shop.clock.now())
        saved = _saved(ports, after, results)
        if saved is None:
            return begun
        if saved.ended:
            return saved
        begun = saved
    return begun


def _begun(ports: ImportPorts, job: Import) -> Import:
    begun = domain.begin(job, ports.files.find(job.id), at=ports.shop.clock.now())
    return (_saved(ports, begun, ()) or job) if begun.ended else begun


def _saved(ports: ImportPorts, job: Import, results: Iterable[LineResult]) -> Import | None:
    try:
        return ports.imports.save(job, tuple(results))
    except ConcurrentUpdateError:
        return None


def _apply(ports: ImportPorts, number: int, line: RawLine) -> LineResult:
    try:
        read = ports.read_line(line.text)
        return _create_or_change(ports, number, read)
    except ProblemError as problem:
        return LineResult(
            line=number,
            outcome=Outcome.REFUSED,
            code=problem.code,
            detail=problem.detail,
            errors=tuple((error.pointer, error.detail) for error in problem.errors[:MAX_LINE_ERRORS]),
        )


def _create_or_change(ports: ImportPorts, number: int, line: ProductLine) -> LineResult:
    """Raises what creating and changing raise."""
    slug = line.product.slug
    further = ATTEMPTS
    while True:
        further -= 1
        known = ports.shop.products.find_by_slug(slug)
        try:
            if known is None:
                made = create_product(ports.shop, line.product).product
                return LineResult(line=number, outcome=Outcome.CREATED, slug=slug, product_id=made.id)
            after = change_product(ports.shop, known.id, line.changes, expected=known.version).product
            outcome = Outcome.UNCHANGED if after.version == known.version else Outcome.CHANGED
            return LineResult(line=number, outcome=outcome, slug=slug, product_id=known.id)
        except (SlugTakenError, StaleVersionError):
            if not further:
                raise
