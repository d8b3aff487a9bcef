"""The domain's tables: a row without a test, or a state without a row, fails here."""

import ast
import functools
import re
from enum import StrEnum

import pytest

from catalog.domain.stock import ReservationStatus
from orders.domain import moves as order_moves
from orders.domain import returns
from orders.domain.progress import Status as OrderStatus
from payments.domain.ledger import PostingKind
from payments.domain.states import DisputeStatus, RefundStatus
from payments.domain.states import Status as PaymentStatus
from shipping.domain.shipment import Status as ShipmentStatus
from tests.contract.template import ROOT
from tests.rows import FAILURES, MOVES, STEPS, TABLES, Move, Row
from tests.system.told import STORIES

MACHINES: dict[str, type[StrEnum]] = {
    "order": OrderStatus,
    "reservation": ReservationStatus,
    "payment": PaymentStatus,
    "refund": RefundStatus,
    "dispute": DisputeStatus,
    "shipment": ShipmentStatus,
    "return": returns.ReturnStatus,
    "ledger": PostingKind,
}
DECLARED = [
    *(("order", before, after) for before, afters in order_moves.MOVES.items() for after in sorted(afters)),
    *(("return", before, after) for before, afters in returns.MOVES.items() for after in sorted(afters)),
]


@functools.cache
def functions_of(path: str) -> frozenset[str]:
    """The names of the functions of a file of tests."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def is_there(test: str) -> bool:
    path, _, name = test.partition("::")
    return name.startswith("test_") and name in functions_of(path)


def words(name: str) -> str:
    """A row's name as a function's."""
    return re.sub(r"\W+", "_", name).strip("_")


def test_the_tables_have_all_their_rows() -> None:
    assert (len(STEPS), len(FAILURES)) == (4, 12)  # the last of the failures in two


@pytest.mark.parametrize("row", TABLES, ids=lambda row: row.name)
def test_every_row_has_its_tests_which_are_called_like_it(row: Row) -> None:
    named = [*row.stories, *(test.partition("::test_")[2] for test in row.tests)]
    assert named
    for story in row.stories:
        assert story in STORIES
    for test in row.tests:
        assert is_there(test), test
    for name in named:
        assert name.startswith(words(row.name)), name


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_every_move_has_its_test(move: Move) -> None:
    assert bool(move.story) is not bool(move.test)
    assert move.story in STORIES if move.story else is_there(move.test)


def test_every_move_stands_there_once() -> None:
    assert len({move.name for move in MOVES}) == len(MOVES)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_is_come_to_and_every_move_is_between_states(machine: str) -> None:
    own = [move for move in MOVES if move.machine == machine]
    states = {state.value for state in MACHINES[machine]}
    assert {move.after for move in own} == states
    assert {move.before for move in own} <= states | {""}


@pytest.mark.parametrize(("machine", "before", "after"), DECLARED)
def test_every_move_that_the_code_allows_is_a_row(machine: str, before: StrEnum, after: StrEnum) -> None:
    assert any((move.machine, move.before, move.after) == (machine, before.value, after.value) for move in MOVES)


def test_every_story_tells_something() -> None:
    told = {story for row in TABLES for story in row.stories} | {move.story for move in MOVES}
    assert {name for name in STORIES if name not in told} <= {"parcel_left_in_two_parts"}
