"""Throttling of guesses, against fakes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from auth import use_cases
from auth.domain import (
    ACCOUNT_LIMIT,
    PASSWORD_LIMIT,
    SOURCE_LIMIT,
    TRUSTED_LIMIT,
    WINDOW,
    InvalidCredentialsError,
    Origin,
    TooManyAttemptsError,
    password_allowance,
    window_of,
)
from tests.times import NOON
from tests.unit.auth.fakes import PASSWORD, Desk

HOME = Origin("192.0.2.7")


@pytest.fixture
def desk() -> Desk:
    return Desk().verified()


def attempt(desk: Desk, password: str, *, email: str = "ada@example.com", origin: Origin = HOME) -> str:
    try:
        use_cases.log_in(desk.ports, email=email, password=password, guest_refresh_token=None, origin=origin)
    except InvalidCredentialsError:
        return "wrong"
    except TooManyAttemptsError as error:
        return f"wait {error.headers['Retry-After']}"
    return "in"


def elsewhere(number: int) -> Origin:
    return Origin(f"2001:db8:{number:x}::1")


def distinct() -> Callable[[], str]:
    numbers = iter(range(10**6))
    return lambda: f"guess {next(numbers)}"


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_an_account_stands_so_many_guesses_from_wherever_they_come_and_whether_it_exists_or_not(
    desk: Desk, email: str
) -> None:
    guess = distinct()
    answers = [attempt(desk, guess(), email=email, origin=elsewhere(number)) for number in range(ACCOUNT_LIMIT + 3)]
    assert answers == ["wrong"] * ACCOUNT_LIMIT + ["wait 900"] * 3


def test_nobody_gets_more_than_a_hundred_guesses_in_any_hour(desk: Desk) -> None:
    guess = distinct()
    assert attempt(desk, PASSWORD) == "in"
    made: list[datetime] = []
    desk.clock.pass_time(minutes=14)
    for minute in range(180):
        for number in range(8):
            if attempt(desk, guess(), origin=elsewhere(minute * 8 + number)) == "wrong":
                made.append(desk.clock.now())
            if attempt(desk, guess(), origin=HOME) == "wrong":
                made.append(desk.clock.now())
        desk.clock.pass_time(minutes=1)
    busiest = max(sum(start <= each < start + timedelta(hours=1) for each in made) for start in made)
    assert 80 <= busiest <= 100


def test_whoever_is_locked_out_waits_a_quarter_of_an_hour_at_most(desk: Desk) -> None:
    desk.clock.pass_time(minutes=3, milliseconds=1)
    guess = distinct()
    while (answer := attempt(desk, guess())) == "wrong":
        pass
    assert answer == "wait 720"
    desk.clock.pass_time(seconds=719)
    assert attempt(desk, PASSWORD) == "wait 1"
    desk.clock.pass_time(seconds=1)
    assert attempt(desk, PASSWORD) == "in"


def test_an_attack_from_elsewhere_does_not_keep_the_owner_out_of_a_known_place(desk: Desk) -> None:
    guess = distinct()
    assert attempt(desk, PASSWORD) == "in"
    for number in range(ACCOUNT_LIMIT * 2):
        attempt(desk, guess(), origin=elsewhere(number))
    assert attempt(desk, PASSWORD, origin=elsewhere(99)) == "wait 900"
    assert attempt(desk, PASSWORD) == "in"


def test_a_known_place_is_not_a_way_around_the_limit(desk: Desk) -> None:
    guess = distinct()
    assert attempt(desk, PASSWORD) == "in"
    most = TRUSTED_LIMIT + ACCOUNT_LIMIT
    answers = [attempt(desk, guess()) for _ in range(most + 1)]
    assert answers == ["wrong"] * most + ["wait 900"]


def test_whoever_shares_a_place_with_the_owner_locks_nobody_out_sooner_than_somebody_elsewhere(desk: Desk) -> None:
    guess = distinct()
    assert attempt(desk, PASSWORD) == "in"
    assert [attempt(desk, guess()) for _ in range(ACCOUNT_LIMIT)] == ["wrong"] * ACCOUNT_LIMIT
    assert attempt(desk, PASSWORD) == "in"


def test_a_place_is_known_for_ninety_days(desk: Desk) -> None:
    guess = distinct()
    assert attempt(desk, PASSWORD) == "in"
    desk.clock.pass_time(days=90)
    for number in range(ACCOUNT_LIMIT):
        attempt(desk, guess(), origin=elsewhere(number))
    assert attempt(desk, PASSWORD).startswith("wait")


def test_a_right_password_uses_nothing_up(desk: Desk) -> None:
    assert {attempt(desk, PASSWORD) for _ in range(SOURCE_LIMIT + 5)} == {"in"}
    assert set(desk.throttles.counted.values()) == {0}


def test_one_address_guesses_so_often_at_whatever_accounts(desk: Desk) -> None:
    guess = distinct()
    answers = [attempt(desk, guess(), email=f"user{number}@example.com") for number in range(SOURCE_LIMIT + 1)]
    assert answers == ["wrong"] * SOURCE_LIMIT + ["wait 900"]
    assert attempt(desk, PASSWORD, origin=elsewhere(1)) == "in"


def test_an_ipv6_network_is_one_address(desk: Desk) -> None:
    guess = distinct()
    for number in range(SOURCE_LIMIT):
        attempt(desk, guess(), email=f"user{number}@example.com", origin=Origin(f"2001:db8::{number:x}"))
    assert attempt(desk, PASSWORD, origin=Origin("2001:db8::ffff")) == "wait 900"


def test_one_password_is_tried_on_so_many_accounts_from_wherever(desk: Desk) -> None:
    spray = "Autumn-2026-Minishop"
    answers = [
        attempt(desk, spray, email=f"user{number}@example.com", origin=elsewhere(number))
        for number in range(PASSWORD_LIMIT + 1)
    ]
    assert answers == ["wrong"] * PASSWORD_LIMIT + ["wait 900"]
    assert attempt(desk, PASSWORD, origin=elsewhere(0)) == "in"


def test_what_is_counted_names_neither_address_nor_password_nor_place(desk: Desk) -> None:
    attempt(desk, PASSWORD)
    attempt(desk, "wrong password", email="eve@example.com")
    kept = " ".join(desk.throttles.counted)
    for word in ("ada", "eve", "192.0.2.7", "wrong"):
        assert word not in kept
    assert password_allowance(PASSWORD).bucket(desk.clock.now()) not in desk.throttles.counted


def test_a_request_that_comes_from_nowhere_is_not_a_known_place(desk: Desk) -> None:
    assert attempt(desk, PASSWORD, origin=Origin("unknown")) == "in"
    assert desk.throttles.trusted == {}


def test_windows_begin_at_the_full_quarter() -> None:
    assert window_of(NOON + timedelta(minutes=29)) == NOON + WINDOW
    assert window_of(datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)).minute == 45


@pytest.mark.parametrize(
    ("source", "network", "region"),
    [
        ("192.0.2.7", "192.0.2.7/32", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7/32", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("nonsense", "", ""),
    ],
)
def test_a_place_is_as_much_as_one_party_holds(source: str, network: str, region: str) -> None:
    assert (Origin(source).network, Origin(source).region) == (network, region)
