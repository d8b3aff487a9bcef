"""The language that a browser asks for."""

import pytest

from orders.languages import asked_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de-AT"),
        ("en", "en"),
        (" zh-Hant-TW ; q=1", "zh-Hant-TW"),
        ("", ""),
        ("*", ""),
        ("d", ""),
        ("de_DE", ""),
        ("<script>", ""),
        ("de\r\nX: y", ""),
        ("a" * 9, ""),
        ("en" + "-abcdefgh" * 4, ""),
    ],
)
def test_the_first_language_counts_and_what_is_none_does_not(header: str, language: str) -> None:
    assert asked_language(header) == language
