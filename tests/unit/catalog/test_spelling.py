"""Slips in words."""

import pytest

from catalog.domain.spelling import closest, correctable, distance, slips


@pytest.mark.parametrize(
    ("left", "right", "slips_apart"),
    [
        ("lamp", "lamp", 0),
        ("lamp", "lmap", 1),
        ("lamp", "lam", 1),
        ("lamp", "lamps", 1),
        ("lamp", "damp", 1),
        ("lamp", "lmpa", 2),
        ("", "mug", 3),
    ],
)
def test_a_slip_is_a_letter_more_less_other_or_two_swapped(left: str, right: str, slips_apart: int) -> None:
    assert distance(left, right) == distance(right, left) == slips_apart


@pytest.mark.parametrize("slip", ["stonewear", "stonwware", "tsoneware", "stonewaree", "toneware"])
def test_words_one_slip_apart_share_a_key(slip: str) -> None:
    assert bool(slips("stoneware") & slips(slip)) == (distance("stoneware", slip) == 1 or slip == "stonewear")


def test_the_nearest_words_win_and_of_these_the_most_used() -> None:
    found = [("lamp", 3), ("damp", 9), ("lamps", 100)]
    assert closest("lamp", found, 3) == ("lamp",)
    assert closest("camp", found, 3) == ("damp", "lamp")
    assert closest("camp", found, 1) == ("damp",)
    assert closest("camp", [], 3) == ()


def test_a_long_word_may_have_two_slips_and_a_short_one_has_not() -> None:
    assert closest("stonewaer", [("stoneware", 1)], 3) == ("stoneware",)
    assert closest("stonwwre", [("stoneware", 1)], 3) == ("stoneware",)
    assert closest("lmpa", [("lamp", 1)], 3) == ()


@pytest.mark.parametrize(("word", "is_one"), [("lamp", True), ("mug", False), ("sku42", False)])
def test_short_words_and_numbers_are_taken_as_they_are(word: str, *, is_one: bool) -> None:
    assert correctable(word) is is_one
