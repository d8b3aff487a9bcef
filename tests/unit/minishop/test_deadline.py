"""The time that a request has for its calls."""

import pytest

from minishop import deadline
from minishop.deadline import OutOfTimeError, check_time, deadline_of, has_time, seconds_for


class Context:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("minishop.deadline.time.monotonic", lambda: now[0])
    return now


def test_calls_share_what_the_function_has_less_a_reserve(time: list[float]) -> None:
    with deadline_of(Context(29)):
        assert seconds_for(4) == 4
        time[0] += 23
        assert seconds_for(4) == pytest.approx(29 - 23 - deadline.RESERVE_SECONDS)
        time[0] += 1.95
        with pytest.raises(OutOfTimeError):
            seconds_for(4)


def test_a_function_s_own_calls_begin_until_shortly_before_its_end(time: list[float]) -> None:
    with deadline_of(Context(10)):
        time[0] += 9
        check_time(request=None)
        time[0] += 0.01
        with pytest.raises(OutOfTimeError):
            check_time(request=None)
    check_time(request=None)


def test_where_nobody_says_how_long_a_call_has_its_own_limit(time: list[float]) -> None:
    assert seconds_for(4) == 4
    with deadline_of(None):
        time[0] += 1000
        assert seconds_for(4) == 4


def test_the_budget_ends_with_the_request(time: list[float]) -> None:
    with deadline_of(Context(5)):
        assert seconds_for(4) == 1
    assert seconds_for(4) == 4


def test_work_is_begun_while_there_is_time_for_it(time: list[float]) -> None:
    assert has_time(1000)
    with deadline_of(Context(29)):
        assert has_time(25)
        time[0] += 1
        assert not has_time(25)
