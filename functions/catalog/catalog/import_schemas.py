"""Imports over HTTP, and the lines of their files."""

from typing import Any, Self

from pydantic import Field

from catalog.domain.imports import Import, LineResult, ProductLine
from catalog.domain.products import ProductChanges
from catalog.schemas import CreateProductRequest
from catalog.use_cases.ports import UploadForm
from minishop.clock import Clock
from minishop.guard import read_body
from minishop.schemas import AnswerModel, Page, ProblemFieldAnswer, Timestamp


class LineReader:
    """Reads a line as POST /v1/admin/products reads a body."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, text: bytes) -> ProductLine:
        """The product, and as changes the fields that were sent. Raises what a body is refused with."""
        body = read_body(CreateProductRequest, text)
        product = body.to_product(self._clock.now())
        sent: dict[str, Any] = {name: getattr(product, name) for name in body.model_fields_set - {"slug"}}
        return ProductLine(product, ProductChanges(**sent))


class UploadAnswer(AnswerModel):
    """Where the file goes: post a form with these fields, and the file as the last field, `file`."""

    url: str
    fields: dict[str, str]
    expires_at: Timestamp

    @classmethod
    def of(cls, form: UploadForm) -> "UploadAnswer":
        """From a form."""
        return cls(url=form.url, fields=dict(form.fields), expires_at=form.expires_at)


class ImportAnswer(AnswerModel):
    """An import: `offset` of `size` bytes are worked off (size 0: the file is not there yet)."""

    id: str
    status: str
    size: int
    offset: int
    lines: int
    created: int
    changed: int
    unchanged: int
    refused: int
    failure: str | None
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, job: Import, **more: Any) -> Self:
        """From an import."""
        return cls(
            id=job.id,
            status=job.status.value,
            size=job.size,
            offset=job.offset,
            lines=job.lines,
            created=job.created,
            changed=job.changed,
            unchanged=job.unchanged,
            refused=job.refused,
            failure=job.failure or None,
            created_at=job.created_at,
            updated_at=job.updated_at,
            **more,
        )


class NewImportAnswer(ImportAnswer):
    """An import that waits for its file: NDJSON, one product per line, as POST /v1/admin/products takes it."""

    upload: UploadAnswer


class LineResultAnswer(AnswerModel):
    """What came of a line: the product that it made or changed, or why it was refused."""

    line: int
    outcome: str
    slug: str | None
    product_id: str | None
    code: str | None
    detail: str | None
    errors: list[ProblemFieldAnswer] = Field(default_factory=list)

    @classmethod
    def of(cls, result: LineResult) -> "LineResultAnswer":
        """From a result."""
        return cls(
            line=result.line,
            outcome=result.outcome.value,
            slug=result.slug or None,
            product_id=result.product_id or None,
            code=result.code or None,
            detail=result.detail or None,
            errors=[ProblemFieldAnswer(pointer=pointer, detail=detail) for pointer, detail in result.errors],
        )


class ImportProgressAnswer(ImportAnswer):
    """An import, and a page of what came of its lines."""

    results: Page[LineResultAnswer]
