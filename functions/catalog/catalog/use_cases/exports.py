"""Exports: asked for, written, fetched."""

from catalog.domain import exports as domain
from catalog.domain.exports import Export, ExportNotFoundError
from catalog.use_cases.ports import Download, ExportPorts
from minishop.errors import ConcurrentUpdateError


def create_export(ports: ExportPorts, *, actor: str, correlation_id: str) -> Export:
    """A new export, to be written soon."""
    now = ports.shop.clock.now()
    identity = ports.shop.ids.new("exp")
    job = Export(id=identity, actor=actor, correlation_id=correlation_id, created_at=now, updated_at=now)
    return ports.exports.insert(job)


def get_export(ports: ExportPorts, export_id: str) -> tuple[Export, Download | None]:
    """An export, and where its file is, once it is there. Raises ExportNotFoundError."""
    job = ports.exports.find(export_id)
    if job is None:
        raise ExportNotFoundError("There is no such export.")
    return job, ports.shelf.download(job.id) if job.done else None


def write_exports(ports: ExportPorts) -> int:
    """Writes the files that were asked for; how many. One that a run did not finish is written anew by the next."""
    written = 0
    for job in ports.exports.unfinished():
        count = ports.shelf.write(job.id, ports.shop.products.every())
        try:
            ports.exports.replace(domain.finish(job, count, at=ports.shop.clock.now()))
        except ConcurrentUpdateError:
            continue  # another run wrote the same file
        written += 1
    return written
