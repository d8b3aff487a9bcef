"""Sweeps: each thing has its turn, while there is time, and failures show in the end."""

from datetime import timedelta

import pytest

from minishop.correlation import Correlation, correlation
from minishop.sweeps import SweepError, sweep
from tests.times import FixedClock

LASTING = timedelta(seconds=50)


def scope(item: int) -> Correlation:
    return Correlation(f"c-{item}", "run", "service:shop")


def test_each_thing_is_done_as_part_of_what_it_belongs_to() -> None:
    seen: list[str] = []

    def do(item: int) -> int:
        seen.append(correlation().id)
        return item

    assert sweep(range(1, 4), do, scope=scope, clock=FixedClock(), lasting=LASTING) == 6
    assert seen == ["c-1", "c-2", "c-3"]


def test_what_fails_keeps_none_behind_it_waiting_and_shows_in_the_end() -> None:
    done: list[int] = []

    def do(item: int) -> int:
        if item in {0, 2}:
            raise RuntimeError(item)
        done.append(item)
        return 1

    with pytest.raises(SweepError) as swept:
        sweep(range(4), do, scope=scope, clock=FixedClock(), lasting=LASTING)
    assert done == [1, 3]
    assert (swept.value.done, swept.value.failed) == (2, 2)
    assert isinstance(swept.value.__cause__, RuntimeError)
    assert swept.value.__cause__.args == (0,)


def test_what_there_is_no_time_for_is_not_begun() -> None:
    clock = FixedClock()

    def do(_item: int) -> int:
        clock.pass_time(seconds=20)
        return 1

    assert sweep(range(9), do, scope=scope, clock=clock, lasting=LASTING) == 3
    assert sweep(range(9), do, scope=scope, clock=clock, lasting=timedelta()) == 0
