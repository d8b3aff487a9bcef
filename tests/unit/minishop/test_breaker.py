"""The circuit breaker."""

from datetime import timedelta

import pytest

from minishop.breaker import Breaker, CircuitOpenError
from tests.times import FixedClock


class DownError(Exception):
    """The other side does not answer."""


class Neighbour:
    """What is called through a breaker."""

    def __init__(self) -> None:
        self.calls = 0
        self.error: Exception | None = None

    def __call__(self) -> str:
        self.calls += 1
        if self.error:
            raise self.error
        return "well"


class Line:
    """A breaker of three failures and ten seconds, its clock and its neighbour."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.neighbour = Neighbour()
        self.breaker = Breaker(threshold=3, pause=timedelta(seconds=10), clock=self.clock)

    def call(self) -> str:
        return self.breaker.run(self.neighbour, counts=DownError)

    def fail(self, times: int, error: Exception | None = None) -> None:
        self.neighbour.error = error or DownError()
        for _ in range(times):
            with pytest.raises(type(self.neighbour.error)):
                self.call()

    def assert_open(self) -> None:
        before = self.neighbour.calls
        with pytest.raises(CircuitOpenError):
            self.call()
        assert self.neighbour.calls == before


def test_a_call_that_goes_well_is_passed_through() -> None:
    line = Line()
    assert [line.call() for _ in range(9)] == ["well"] * 9


def test_after_so_many_failures_in_a_row_nobody_is_asked() -> None:
    line = Line()
    line.fail(3)
    line.assert_open()
    line.clock.pass_time(seconds=9.999)
    line.assert_open()


def test_failures_that_are_not_in_a_row_do_not_count() -> None:
    line = Line()
    for _ in range(5):
        line.fail(2)
        line.neighbour.error = None
        assert line.call() == "well"


def test_after_the_pause_one_trial_goes_through_and_closes_it() -> None:
    line = Line()
    line.fail(3)
    line.clock.pass_time(seconds=10)
    line.neighbour.error = None
    assert line.call() == "well"
    line.fail(2)
    line.neighbour.error = None
    assert line.call() == "well"


def test_a_trial_that_fails_opens_it_for_another_pause() -> None:
    line = Line()
    line.fail(3)
    for _ in range(3):
        line.clock.pass_time(seconds=10)
        line.fail(1)
        line.assert_open()
        line.clock.pass_time(seconds=9.999)
        line.assert_open()
        line.clock.pass_time(seconds=0.001)


def test_while_a_trial_runs_nobody_else_tries() -> None:
    line = Line()
    line.fail(3)
    line.clock.pass_time(seconds=10)

    def trial() -> str:
        line.assert_open()
        return "well"

    assert line.breaker.run(trial, counts=DownError) == "well"


def test_the_pause_is_counted_from_the_failure_and_not_from_the_call() -> None:
    line = Line()
    line.fail(2)

    def slow() -> str:
        line.clock.pass_time(seconds=8)
        raise DownError

    with pytest.raises(DownError):
        line.breaker.run(slow, counts=DownError)
    line.clock.pass_time(seconds=9)
    line.assert_open()


def test_a_mistake_of_the_caller_is_no_failure_of_the_other_side() -> None:
    line = Line()
    line.fail(9, error=KeyError("ours"))
    line.neighbour.error = None
    assert line.call() == "well"
