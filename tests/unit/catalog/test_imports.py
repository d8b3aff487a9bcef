"""Imports, against fakes."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.domain.imports import (
    BATCH,
    UPLOAD_FOR,
    Import,
    ImportNotFoundError,
    ImportStatus,
    LineResult,
    Outcome,
    Upload,
)
from catalog.domain.products import Product, ProductChanges, SlugTakenError
from catalog.files import CHUNK, split_lines
from catalog.import_schemas import LineReader
from catalog.use_cases import imports
from catalog.use_cases.ports import ImportPorts, Position, RawLine, UploadForm
from minishop.errors import ConcurrentUpdateError, StaleVersionError
from minishop.events import Event
from minishop.guard import MAX_BODY_BYTES
from tests.times import NOON, FixedClock
from tests.unit.catalog.fakes import FakeProducts, Shop


def line(slug: str, **more: object) -> bytes:
    price = {"amount": 1290, "currency": "EUR"}
    variants = [{"sku": slug.upper(), "title": "one", "price": price, "weight_grams": 400}]
    return json.dumps({"slug": slug, "title": "Mug", "category": "kitchen", "variants": variants, **more}).encode()


class FakeImports:
    """Imports in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, Import] = {}
        self.kept: list[LineResult] = []
        self.race = False  # somebody else saves first

    def find(self, import_id: str) -> Import | None:
        return self.stored.get(import_id)

    def insert(self, job: Import) -> Import:
        self.stored[job.id] = replace(job, version=1)
        return self.stored[job.id]

    def save(self, job: Import, results: Sequence[LineResult]) -> Import:
        if self.race or self.stored[job.id].version != job.version:
            raise ConcurrentUpdateError(job.id)
        self.kept += results
        self.stored[job.id] = replace(job, version=job.version + 1)
        return self.stored[job.id]

    def results(
        self, import_id: str, limit: int, position: Position | None
    ) -> tuple[list[LineResult], Position | None]:
        return self.kept[:limit], None

    def unfinished(self) -> Iterable[Import]:
        return [job for job in self.stored.values() if not job.ended]


class FakeFiles:
    """At most one file."""

    def __init__(self, clock: FixedClock) -> None:
        self.content: bytes | None = None
        self.swapped: bytes | None = None  # what takes the file's place once it has been looked at
        self.clock = clock
        self.seconds_per_line = 0

    def upload_form(self, import_id: str) -> UploadForm:
        return UploadForm(f"https://files.test/{import_id}", {}, NOON + UPLOAD_FOR)

    def find(self, import_id: str) -> Upload | None:
        return None if self.content is None else Upload(len(self.content), str(hash(self.content)))

    def lines(self, import_id: str, offset: int, etag: str) -> Iterable[RawLine] | None:
        if self.swapped is not None:
            self.content, self.swapped = self.swapped, None
        if self.content is None or str(hash(self.content)) != etag:
            return None
        return self._read(self.content[offset:], offset)

    def _read(self, content: bytes, offset: int) -> Iterator[RawLine]:
        for each in split_lines([content], offset):
            self.clock.at += timedelta(seconds=self.seconds_per_line)
            yield each


class Desk:
    """Ports, and one import that waits for its file."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.imports = FakeImports()
        self.files = FakeFiles(self.shop.clock)
        self.ports = ImportPorts(self.shop.ports, self.imports, self.files, LineReader(self.shop.clock))
        self.job, self.form = imports.create_import(self.ports, actor="cus_admin", correlation_id="request-1")

    def work(self, *lines: bytes, seconds: int = 60) -> Import:
        if lines:
            self.files.content = b"\n".join(lines)
        until = self.shop.clock.now() + timedelta(seconds=seconds)
        return imports.work_off(self.ports, self.imports.stored[self.job.id], until=until)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_import_waits_for_its_file_and_is_given_up_in_the_end(desk: Desk) -> None:
    assert (desk.job.status, desk.form.url) == (ImportStatus.WAITING, f"https://files.test/{desk.job.id}")
    assert list(imports.unfinished_imports(desk.ports)) == [desk.job]
    assert desk.work() == desk.job
    desk.shop.clock.at += UPLOAD_FOR
    late = desk.work()
    assert (late.status, late.failure) == (ImportStatus.FAILED, "There is no file; make another import.")
    assert list(imports.unfinished_imports(desk.ports)) == []


def test_every_line_has_its_answer(desk: Desk) -> None:
    done = desk.work(
        line("mug", status="published"),
        b"",
        line("mug", title="Cup"),
        line("mug", title="Cup"),
        b"not JSON",
        line("bowl", title=7, surprise=1),
        line("cup", status="archived"),
        b"",
    )
    assert [(result.line, result.outcome, result.slug, result.code) for result in desk.imports.kept] == [
        (1, Outcome.CREATED, "mug", ""),
        (3, Outcome.CHANGED, "mug", ""),
        (4, Outcome.UNCHANGED, "mug", ""),
        (5, Outcome.REFUSED, "", "malformed_body"),
        (6, Outcome.REFUSED, "", "invalid"),
        (7, Outcome.REFUSED, "", "status_not_possible"),
    ]
    assert {pointer for pointer, _ in desk.imports.kept[4].errors} == {"/title", "/surprise"}
    assert (done.status, done.lines, done.offset) == (ImportStatus.DONE, 7, done.size)
    assert (done.created, done.changed, done.unchanged, done.refused) == (1, 1, 1, 3)
    mug = desk.shop.products.find_by_slug("mug")
    assert mug is not None
    assert (mug.title, mug.published) == ("Cup", True)  # a line that names no status leaves it
    assert imports.get_import(desk.ports, done.id, 2, None) == (done, desk.imports.kept[:2], None)


def test_what_a_line_does_not_name_stays(desk: Desk) -> None:
    read = desk.ports.read_line(line("mug"))
    assert read.changes == ProductChanges(title="Mug", category="kitchen", variants=read.product.variants)


def test_an_import_goes_on_where_the_last_run_ended(desk: Desk) -> None:
    desk.files.seconds_per_line = 1
    every = [line(f"mug-{number}") for number in range(2 * BATCH + 10)]
    seen = [desk.work(*every, seconds=BATCH).lines, desk.work(seconds=BATCH).lines, desk.work(seconds=BATCH).lines]
    assert seen == [BATCH, 2 * BATCH, 2 * BATCH + 10]
    assert [result.line for result in desk.imports.kept] == list(range(1, 2 * BATCH + 11))
    assert desk.imports.stored[desk.job.id].status is ImportStatus.DONE


def test_lines_that_were_worked_off_but_not_written_down_change_nothing_again(desk: Desk) -> None:
    desk.imports.race = True
    assert desk.work(line("mug")).lines == 0
    desk.imports.race = False
    done = desk.work()
    assert (done.created, done.unchanged) == (0, 1)


def test_a_file_that_is_replaced_or_taken_away_fails_the_import(desk: Desk) -> None:
    for content in (b"other", None):
        fresh = Desk()
        fresh.files.seconds_per_line = 1
        fresh.work(*(line(f"mug-{number}") for number in range(BATCH + 1)), seconds=1)
        fresh.files.content = content
        assert fresh.work().status is ImportStatus.FAILED
    desk.files.content = b""
    assert desk.work().failure == "The file is empty; make another import."


def test_a_file_that_is_replaced_while_it_is_opened_fails_an_import_that_was_under_way(desk: Desk) -> None:
    desk.files.seconds_per_line = 1
    desk.work(*(line(f"mug-{number}") for number in range(BATCH + 1)), seconds=1)
    desk.files.swapped = line("bowl-1") + b"\n" + line("bowl-2") * BATCH
    failed = desk.work()
    assert failed.failure == "The file was replaced while it was worked off; make another import."
    assert failed.lines == BATCH
    assert desk.imports.stored[desk.job.id] == failed


def test_a_file_that_is_replaced_before_any_of_it_was_worked_off_is_simply_another(desk: Desk) -> None:
    desk.files.content, desk.files.swapped = line("mug-1"), line("bowl-1")
    assert desk.work().status is ImportStatus.WAITING
    done = desk.work()
    assert (done.status, done.created) == (ImportStatus.DONE, 1)
    assert {result.slug for result in desk.imports.kept} == {"bowl-1"}


def test_a_failure_that_cannot_be_written_down_is_found_again(desk: Desk) -> None:
    desk.shop.clock.at += UPLOAD_FOR
    desk.imports.race = True
    assert desk.work().status is ImportStatus.WAITING


class BusyProducts(FakeProducts):
    """Somebody else makes or changes the product first, so often."""

    def __init__(self, *, times: int) -> None:
        super().__init__()
        self.times = times

    def insert(self, product: Product, events: tuple[Event, ...]) -> Product:
        if self.times:
            self.times -= 1
            raise SlugTakenError("taken")
        return super().insert(product, events)


@pytest.mark.parametrize(("times", "outcome"), [(1, Outcome.CREATED), (99, Outcome.REFUSED)])
def test_a_line_that_meets_somebody_else_is_tried_again(desk: Desk, times: int, outcome: Outcome) -> None:
    shop = replace(desk.shop.ports, products=BusyProducts(times=times))
    desk.ports = replace(desk.ports, shop=shop)
    desk.work(line("mug"))
    assert [result.outcome for result in desk.imports.kept] == [outcome]


def test_a_line_that_changes_a_product_that_keeps_changing_says_so(desk: Desk) -> None:
    desk.work(line("mug"))
    desk.imports.stored[desk.job.id] = desk.job
    desk.shop.products.race = True
    desk.work(line("mug", title="Cup"))
    assert desk.imports.kept[-1].code == StaleVersionError.code


def test_an_import_that_is_none_is_not_found(desk: Desk) -> None:
    with pytest.raises(ImportNotFoundError):
        imports.get_import(desk.ports, "imp_none", 20, None)


@pytest.mark.parametrize("size", [1, 7, 4096, CHUNK])
def test_lines_are_whole_however_they_arrive(size: int) -> None:
    text = b"one\r\n\n" + b"x" * (3 * CHUNK) + b"\nlast" + b"\n" + b"y" * (2 * CHUNK)
    chunks = [text[start : start + size] for start in range(0, len(text), size)] if size > 7 else [text]
    found = list(split_lines(chunks, 100))
    assert [each.text[:4] for each in found] == [b"one", b"", b"xxxx", b"last", b"yyyy"]
    assert [each.end for each in found] == [105, 106, 107 + 3 * CHUNK, 112 + 3 * CHUNK, 100 + len(text)]
    assert all(len(each.text) > MAX_BODY_BYTES for each in found if each.text[:1] in {b"x", b"y"})
