"""When a stock level is low."""

import pytest

from catalog.domain.stock import LOW_STOCK, fell_low


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (LOW_STOCK + 1, LOW_STOCK, True),
        (100, 0, True),
        (LOW_STOCK, LOW_STOCK - 1, False),
        (LOW_STOCK + 2, LOW_STOCK + 1, False),
        (0, LOW_STOCK, False),
        (0, 0, False),
    ],
)
def test_a_level_falls_low_once(before: int, after: int, *, told: bool) -> None:
    assert fell_low(before, after) is told
