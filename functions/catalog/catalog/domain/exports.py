"""An export: all products in a file, one JSON object per line, each as an import takes it.

waiting → done
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from minishop.errors import NotFoundError

KEEP_FOR = timedelta(days=7)


class ExportNotFoundError(NotFoundError):
    """There is no such export, or it was long ago."""

    code = "export_not_found"
    title = "No such export"


@dataclass(frozen=True, kw_only=True)
class Export:
    """An export. `products` is how many are in the file, None until it is there; `version` 0: nothing is stored."""

    id: str
    actor: str
    correlation_id: str
    created_at: datetime
    updated_at: datetime
    products: int | None = None
    version: int = 0

    @property
    def done(self) -> bool:
        """Whether the file is there."""
        return self.products is not None


def finish(job: Export, products: int, *, at: datetime) -> Export:
    """The export with its file."""
    return replace(job, products=products, updated_at=at)
