"""Labels as they are printed."""

import io
from dataclasses import replace

import pytest
from pypdf import PageObject, PdfReader

from shipping.domain.label import Address, Label
from shipping.printing import draw_label
from tests.unit.shipping.fakes import ADDRESS, HOME, SHIPMENT

LABEL = Label(HOME, ADDRESS, "SBX0123456789ABCDEF", "sandbox", "standard", 1340, SHIPMENT, is_return=False)


def page_of(label: Label) -> PageObject:
    reader = PdfReader(io.BytesIO(draw_label(label)))
    assert len(reader.pages) == 1
    return reader.pages[0]


def text_of(label: Label) -> str:
    return page_of(label).extract_text()


def test_a_label_is_one_page_of_a6() -> None:
    box = page_of(LABEL).mediabox
    assert (round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) == (105, 148)


def test_it_says_who_sends_what_to_whom_and_how() -> None:
    text = text_of(LABEL)
    for said in (*HOME.lines(), *ADDRESS.lines(), "SBX0123456789ABCDEF", "STANDARD", "sandbox", "1.4 kg", SHIPMENT):
        assert said in text
    assert text.index("Minishop") < text.index("Ada Lovelace")
    assert "RETURN" in text_of(replace(LABEL, is_return=True))


def test_every_alphabet_of_the_union_can_be_read_and_what_cannot_be_printed_is_a_question_mark() -> None:
    for name in ("Jürgen Þórðarson Łęcki Őry", "Ελένη Παπαδοπούλου", "Иван Щербаков"):
        assert name in text_of(replace(LABEL, receiver=replace(ADDRESS, full_name=name)))
    assert "?? Tokyo" in text_of(replace(LABEL, receiver=replace(ADDRESS, city="東京 Tokyo")))


@pytest.mark.parametrize("name", ["<b>Bobby</b> & Söhne", "</para>", "%s {0} \\n"])
def test_what_people_are_called_is_no_markup(name: str) -> None:
    assert name in text_of(replace(LABEL, receiver=replace(ADDRESS, full_name=name)))


def test_the_longest_address_and_number_still_fit() -> None:
    longest = Address("W" * 300, "m" * 300, "ö" * 300, "1" * 16, "DE", line2="x y " * 75, region="Я" * 300)
    text = text_of(replace(LABEL, sender=longest, receiver=longest, tracking_number="A" * 64))
    assert text.count("W") >= 600
    assert "A" * 64 in text


def test_the_same_label_is_the_same_file() -> None:
    assert draw_label(LABEL) == draw_label(LABEL)


def test_what_is_known_of_the_file_is_nothing_personal() -> None:
    reader = PdfReader(io.BytesIO(draw_label(LABEL)))
    assert reader.metadata is not None
    assert reader.metadata.title == LABEL.tracking_number
    assert "Ada" not in str(dict(reader.metadata))
