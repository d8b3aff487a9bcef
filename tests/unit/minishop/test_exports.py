"""What goes into an export, and when it is enough."""

import pytest

from minishop.exports import MOST_BYTES, MOST_ITEMS, Position, collect
from minishop.schemas import AnswerModel, ExportAnswer

LAMBDA_TAKES = 6 * 1024 * 1024


class Thing(AnswerModel):
    text: str


def pages(*found: list[int]) -> tuple[list[Position | None], list[int], bool]:
    """Where was read, what was collected of at most five, and whether that is all."""
    asked: list[Position | None] = []

    def read(position: Position | None) -> tuple[list[int], Position | None]:
        asked.append(position)
        number = position["page"] if position else 0
        return found[number], {"page": number + 1} if number + 1 < len(found) else None

    items, complete = collect(read, 5)
    return asked, items, complete


@pytest.mark.parametrize(
    ("found", "collected", "complete", "reads"),
    [
        ([[]], [], True, 1),
        ([[1, 2]], [1, 2], True, 1),
        ([[1, 2], [], [3]], [1, 2, 3], True, 3),
        ([[1, 2, 3, 4, 5]], [1, 2, 3, 4, 5], True, 1),
        ([[1, 2, 3, 4, 5, 6]], [1, 2, 3, 4, 5], False, 1),
        ([[1, 2, 3], [4, 5, 6], [7]], [1, 2, 3, 4, 5], False, 2),
        ([[1, 2, 3, 4, 5], [6]], [1, 2, 3, 4, 5], False, 1),
    ],
)
def test_pages_are_read_until_there_are_no_more_or_it_is_enough(
    found: list[list[int]], collected: list[int], complete: bool, reads: int
) -> None:
    asked, items, is_all = pages(*found)
    assert (items, is_all, len(asked)) == (collected, complete, reads)


def test_an_answer_holds_the_first_ones_up_to_so_many_bytes() -> None:
    things = [Thing(text="é" * 10), Thing(text="b"), Thing(text="c")]
    size = len(things[0].model_dump_json().encode())
    whole = ExportAnswer[Thing].of(things, complete=True)
    assert (whole.items, whole.complete) == (things, True)
    assert not ExportAnswer[Thing].of(things, complete=False).complete
    cut = ExportAnswer[Thing].of(things, complete=True, most_bytes=size)
    assert (cut.items, cut.complete) == (things[:1], False)
    assert ExportAnswer[Thing].of(things, complete=True, most_bytes=size - 1).items == []


def test_the_parts_of_all_services_go_into_one_answer_of_lambda_s_with_each_quote_escaped() -> None:
    parts, own = 4, 500_000  # orders, payments, shipments, notifications; sessions, addresses, cart
    assert (parts * MOST_BYTES + own) * 1.5 < LAMBDA_TAKES
    assert MOST_ITEMS == 1000
