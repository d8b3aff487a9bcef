"""Exports over HTTP."""

from catalog.domain.exports import Export
from catalog.use_cases.ports import Download
from minishop.schemas import AnswerModel, Timestamp


class DownloadAnswer(AnswerModel):
    """Where the file is, and for how long: a fresh address at each question."""

    url: str
    expires_at: Timestamp


class ExportAnswer(AnswerModel):
    """An export of all products: NDJSON, as an import takes it. `status` is `waiting` or `done`."""

    id: str
    status: str
    products: int | None
    download: DownloadAnswer | None
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, job: Export, download: Download | None = None) -> "ExportAnswer":
        """From an export, with its download once it has one."""
        return cls(
            id=job.id,
            status="done" if job.done else "waiting",
            products=job.products,
            download=DownloadAnswer(url=download.url, expires_at=download.expires_at) if download else None,
            created_at=job.created_at,
            updated_at=job.updated_at,
        )
