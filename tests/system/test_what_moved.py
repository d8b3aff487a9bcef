"""What moved in the running shop: each move of each state machine was made, and none that there is not.

Tables' streams and timelines have all of it, whoever made the move: the stories, and every test before this one.
"""

import pytest

from tests.rows import MOVES, Move
from tests.system import histories
from tests.system.shop import Shop
from tests.system.told import Outcomes

TOLD = [move for move in MOVES if move.story]


@pytest.fixture(scope="module")
def moved(shop: Shop, outcomes: Outcomes) -> frozenset[str]:
    """The names of all moves that were made."""
    for outcome in outcomes.values():
        outcome.exception()
    return frozenset(histories.moves(shop))


@pytest.mark.parametrize("move", TOLD, ids=lambda move: move.name)
def test_it_moved(moved: frozenset[str], outcomes: Outcomes, move: Move) -> None:
    outcomes[move.story].result()
    assert move.name in moved


def test_nothing_moved_otherwise(moved: frozenset[str]) -> None:
    assert sorted(moved - {move.name for move in MOVES}) == []
