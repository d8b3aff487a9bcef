"""Money, identifiers, time and principals."""

import random
import time
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minishop import clock, ids
from minishop.clock import SystemClock, parse_rfc3339, rfc3339
from minishop.identity import CUSTOMERS, SHOPPERS, SIGNED_IN, STAFF, Principal, Role, from_context, to_context
from minishop.ids import RandomIds, derived_id
from minishop.money import CurrencyMismatchError, Money, rounded, total, zero
from tests.helpers import customer, guest
from tests.times import NOON

AMOUNTS = st.integers(-(10**15), 10**15)
MONEY = AMOUNTS.map(lambda amount: Money(amount, "EUR"))
QUICK = settings(max_examples=60, deadline=None, database=None)


@given(MONEY, MONEY, MONEY, st.integers(-99, 99))
@QUICK
def test_money_adds_up_as_numbers_do(a: Money, b: Money, c: Money, quantity: int) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a - b == a + b * -1
    assert (a + b) * quantity == a * quantity + b * quantity
    assert total([a, b, c], "EUR") == a + b + c
    assert (a < b) == (a.amount < b.amount)
    assert (a <= b) == (a.amount <= b.amount)
    assert (a > b) == (b < a)


def test_two_currencies_never_meet() -> None:
    euro, dollar = Money(1, "EUR"), Money(1, "USD")
    for meet in (
        lambda: euro + dollar,
        lambda: euro - dollar,
        lambda: euro < dollar,
        lambda: euro <= dollar,
        lambda: total([euro, dollar], "EUR"),
        lambda: total((dollar,), "EUR"),
    ):
        with pytest.raises(CurrencyMismatchError):
            meet()
    assert euro != dollar


def test_the_sum_of_nothing_is_zero() -> None:
    assert total((), "EUR") == zero("EUR") == Money(0, "EUR")


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (Fraction(1, 2), 1),
        (Fraction(-1, 2), -1),
        (Fraction(3, 2), 2),
        (Fraction(5, 2), 3),
        (Fraction(-5, 2), -3),
        (Fraction(49, 100), 0),
        (Fraction(-49, 100), 0),
        (Fraction(0), 0),
        (Fraction(10**30 * 2 + 1, 2), 10**30 + 1),
    ],
)
def test_halves_are_rounded_away_from_zero(value: Fraction, whole: int) -> None:
    assert rounded(value) == whole


@given(st.fractions(max_denominator=10_000))
@QUICK
def test_rounding_is_never_more_than_a_half_off_and_the_same_on_both_sides(value: Fraction) -> None:
    assert abs(rounded(value) - value) <= Fraction(1, 2)
    assert rounded(-value) == -rounded(value)


@given(MONEY, st.fractions(0, 1, max_denominator=100))
@QUICK
def test_a_share_and_what_is_left_make_the_whole(money: Money, ratio: Fraction) -> None:
    share = money.share(ratio)
    assert share + (money - share) == money
    assert abs(share.amount) <= abs(money.amount)
    assert share.currency == "EUR"


def test_tax_is_what_the_invoice_expects() -> None:
    assert Money(1999, "EUR").share(Fraction(19, 119)) == Money(319, "EUR")


def test_a_fresh_identifier_is_130_bits_behind_its_prefix() -> None:
    made = {ids.system.new("prd") for _ in range(200)}
    assert len(made) == 200
    for identifier in made:
        assert identifier.startswith("prd_")
        assert len(identifier) == 30
        assert set(identifier[4:]) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_identifiers_come_from_the_source_that_is_given() -> None:
    first, second = RandomIds(random.Random(7).getrandbits), RandomIds(random.Random(7).getrandbits)
    assert [first.new("x") for _ in range(3)] == [second.new("x") for _ in range(3)]
    assert RandomIds(lambda bits: 2**bits - 1).new("x") == "x_" + "z" * 26
    assert RandomIds(lambda _: 0).new("x") == "x_" + "0" * 26


def test_a_derived_identifier_is_always_the_same() -> None:
    assert derived_id("ord", "cus_ada", "key-1") == "ord_ctm0y9qmcq7tgfyc3txm3jfyaz"


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
@QUICK
def test_other_parts_make_another_identifier(a: list[str], b: list[str]) -> None:
    assert (derived_id("x", *a) == derived_id("x", *b)) == (a == b)


def test_parts_do_not_run_together() -> None:
    assert derived_id("x", "ab", "c") != derived_id("x", "a", "bc")
    assert derived_id("x", "a") != derived_id("x", "a", "")


KATHMANDU = timezone(timedelta(hours=5, minutes=45))
MOMENTS = st.datetimes(timezones=st.just(UTC), max_value=datetime(9999, 12, 30))  # noqa: DTZ001  hypothesis adds it


@given(MOMENTS, st.sampled_from([UTC, KATHMANDU]))
@QUICK
def test_a_moment_is_written_and_read_to_the_millisecond(moment: datetime, zone: timezone) -> None:
    text = rfc3339(moment.astimezone(zone))
    assert len(text) == len("2026-11-22T12:00:00.000Z")
    assert text.endswith("Z")
    assert timedelta(0) <= moment - parse_rfc3339(text) < timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS)
@QUICK
def test_text_sorts_as_time_does(a: datetime, b: datetime) -> None:
    if rfc3339(a) != rfc3339(b):
        assert (a < b) == (rfc3339(a) < rfc3339(b))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-22",
        "2026-11-22T12:00:00",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_rfc3339(text)


def test_a_moment_without_an_offset_is_not_written() -> None:
    with pytest.raises(ValueError, match="offset"):
        rfc3339(datetime(2026, 11, 22))  # noqa: DTZ001


def test_the_clock_tells_whole_milliseconds() -> None:
    assert SystemClock(lambda: NOON + timedelta(microseconds=1999)).now() == NOON + timedelta(milliseconds=1)


def test_the_system_s_clock_is_the_time() -> None:
    assert abs(clock.system.now().timestamp() - time.time()) < 60
    assert clock.system.now().tzinfo is UTC


@pytest.mark.parametrize(
    "principal",
    [
        guest(),
        customer("cus_ada", session="ses_1", guest="gst_1"),
        Principal("cus_1", frozenset(Role), "ses_2"),
        Principal("cus_1", frozenset()),
    ],
)
def test_a_principal_goes_through_the_gate_as_flat_text(principal: Principal) -> None:
    context = to_context(principal)
    assert all(isinstance(value, str) for value in context.values())
    assert from_context(context) == principal


@pytest.mark.parametrize("context", [{}, {"principal_id": ""}, {"principal_id": None}, {"roles": "admin"}])
def test_nobody_is_nobody(context: dict[str, object]) -> None:
    assert from_context(context) is None


def test_what_the_gate_left_out_is_not_made_up() -> None:
    named = {"principal_id": "cus_1", "roles": None, "session": None, "guest": None}
    assert from_context(named) == from_context({"principal_id": "cus_1"}) == Principal("cus_1", frozenset(), "", None)


def test_only_known_roles_count() -> None:
    principal = from_context({"principal_id": "cus_1", "roles": "admin,root, support,CUSTOMER,"})
    assert principal is not None
    assert principal.roles == {Role.ADMIN}
    assert principal.is_any(Role.ADMIN, Role.GUEST)
    assert not principal.is_any(Role.SUPPORT)
    assert not principal.is_any()


def test_the_groups_of_roles() -> None:
    assert {Role.GUEST} | CUSTOMERS == SHOPPERS
    assert STAFF.isdisjoint(SHOPPERS)
    assert SIGNED_IN == SHOPPERS | STAFF
