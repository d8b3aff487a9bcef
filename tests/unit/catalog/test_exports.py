"""Exports, against fakes."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from catalog import export_shelf
from catalog.domain.exports import Export, ExportNotFoundError
from catalog.domain.products import Product
from catalog.export_shelf import line_of
from catalog.import_schemas import LineReader
from catalog.use_cases import exports
from catalog.use_cases.ports import Download, ExportPorts
from minishop.errors import ConcurrentUpdateError
from tests.times import NOON
from tests.unit.catalog.fakes import Shop, eur, product, variant


class FakeExports:
    """Exports and their files in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, Export] = {}
        self.files: dict[str, list[Product]] = {}
        self.race = False  # somebody else saves first

    def find(self, export_id: str) -> Export | None:
        return self.stored.get(export_id)

    def insert(self, job: Export) -> Export:
        self.stored[job.id] = replace(job, version=1)
        return self.stored[job.id]

    def replace(self, job: Export) -> Export:
        if self.race:
            raise ConcurrentUpdateError(job.id)
        self.stored[job.id] = replace(job, version=job.version + 1)
        return self.stored[job.id]

    def unfinished(self) -> Iterable[Export]:
        return [job for job in self.stored.values() if not job.done]

    def write(self, export_id: str, products: Iterable[Product]) -> int:
        self.files[export_id] = list(products)
        return len(self.files[export_id])

    def download(self, export_id: str) -> Download:
        return Download(f"https://files.test/{export_id}", NOON)


def test_an_export_is_written_once_and_can_then_be_fetched() -> None:
    shop, kept = Shop(), FakeExports()
    shop.products.stored["prd_1"] = product()
    ports = ExportPorts(shop.ports, kept, kept)
    job = exports.create_export(ports, actor="cus_admin", correlation_id="request-1")
    assert exports.get_export(ports, job.id) == (job, None)
    kept.race = True
    assert exports.write_exports(ports) == 0
    kept.race = False
    assert [exports.write_exports(ports), exports.write_exports(ports)] == [1, 0]
    done, download = exports.get_export(ports, job.id)
    assert (done.products, download) == (1, Download(f"https://files.test/{job.id}", NOON))
    with pytest.raises(ExportNotFoundError):
        exports.get_export(ports, "exp_none")


def test_a_line_of_an_export_is_one_of_an_import() -> None:
    shop = Shop()
    made = product(variant("A", options={"size": "l"}), variant("B", compare_at_price=eur(9999)))
    assert line_of(made).count(b"\n") == 1
    read = LineReader(shop.clock)(line_of(made)).product
    assert read == replace(made, id="")


@pytest.mark.parametrize(("count", "parts"), [(0, 1), (1, 1), (3, 2), (4, 2)])
def test_a_file_is_sent_in_parts(count: int, parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    line = line_of(product())
    monkeypatch.setattr(export_shelf, "PART_BYTES", 2 * len(line))
    sent: list[bytes] = []
    assert export_shelf.send_in_parts([product()] * count, sent.append) == count
    assert (b"".join(sent), len(sent)) == (line * count, parts)
