"""A day's ledger against the provider's books."""

from datetime import date, datetime, timedelta

import pytest

from minishop.money import Money
from payments.domain.reconciliation import BalanceMovement
from payments.domain.states import DisputeStatus
from payments.domain.verdicts import DisputeVerdict, Movement
from payments.use_cases import reconciling
from payments.use_cases.reconciling import ReconciliationNotFoundError
from tests.times import NOON
from tests.unit.payments.fakes import FEE, World
from tests.unit.payments.stories import PAYMENT, cancel, pay

TODAY = NOON.date()
REPORTED = timedelta(days=2)


@pytest.fixture
def world() -> World:
    """A shop with a payment, and a provider that says the same of it."""
    paid = World()
    pay(paid)
    moves(paid, "ch_1", 4380 - FEE)
    return paid


def moves(world: World, source: str, net: int, at: datetime = NOON, currency: str = "EUR") -> None:
    number = len(world.provider.moved)
    world.provider.moved.append(BalanceMovement(f"txn_{number}", source, at, Money(net, currency)))


def differences(world: World, day: date = TODAY) -> list[tuple[str, int, int]]:
    report = reconciling.reconcile_day(world.ports, day)
    return [(one.source, one.ledger.amount, one.provider.amount) for one in report.differences]


def test_books_that_agree_have_no_differences(world: World) -> None:
    world.clock.at = NOON + REPORTED
    report = reconciling.reconcile_day(world.ports)
    assert (report.day, report.compared, report.differences) == (TODAY, 1, ())
    assert [(sums.ledger, sums.provider) for sums in report.sums] == [(4380 - FEE, 4380 - FEE)]
    assert reconciling.get_reconciliation(world.ports, TODAY) == report
    assert world.attention.measured == [("ReconciliationDifferences", 0)]


@pytest.mark.parametrize(
    ("source", "net", "found"),
    [
        ("ch_1", -1, [("ch_1", 4289, 4288)]),
        ("ch_unknown", 500, [("ch_unknown", 0, 500)]),
        ("re_unknown", -500, [("re_unknown", 0, -500)]),
    ],
)
def test_what_the_ledger_does_not_know_is_a_difference_and_calls_somebody(
    world: World, source: str, net: int, found: list[tuple[str, int, int]]
) -> None:
    moves(world, source, net)
    assert differences(world) == found
    assert world.attention.measured == [("ReconciliationDifferences", 1)]


def test_what_the_provider_does_not_know_is_a_difference(world: World) -> None:
    cancel(world)
    (refund,) = [posting for posting in world.payments.postings if posting.kind == "refund"]
    assert differences(world) == [(refund.source, -4380, 0)]


def test_currencies_are_not_added_up(world: World) -> None:
    moves(world, "ch_1", 0, currency="USD")
    moves(world, "ch_1", 5, currency="USD")
    assert differences(world) == [("ch_1", 0, 5)]


def test_what_moved_before_midnight_and_was_posted_after_it_is_the_next_day_s(world: World) -> None:
    world.provider.moved.clear()
    moves(world, "ch_1", 4380 - FEE, NOON - timedelta(hours=13))
    yesterday = TODAY - timedelta(days=1)
    assert differences(world, yesterday) == []
    assert reconciling.reconcile_day(world.ports, yesterday).compared == 0
    assert differences(world, TODAY) == []
    assert reconciling.reconcile_day(world.ports, TODAY).compared == 1


def test_a_ledger_of_many_pages_is_read_to_its_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "PAGE", 1)
    assert differences(world) == []


def test_a_day_that_nobody_has_reconciled_has_no_report(world: World) -> None:
    with pytest.raises(ReconciliationNotFoundError):
        reconciling.get_reconciliation(world.ports, TODAY)


@pytest.mark.parametrize(
    ("payment_id", "told"), [(PAYMENT, ["PaymentCaptured", "PaymentDisputed"]), ("", ["PaymentCaptured"])]
)
def test_a_dispute_that_the_shop_was_never_told_of_is_found_by_the_day_s_books(
    world: World, payment_id: str, told: list[str]
) -> None:
    moves(world, "dp_1", -4380)
    taken = Movement("txn_1", -4380, 0)
    verdict = DisputeVerdict("dp_1", payment_id, Money(4380, "EUR"), "fraudulent", DisputeStatus.OPEN, (taken,))
    world.provider.disputes["dp_1"] = verdict
    assert differences(world) == [("dp_1", 0, -4380)]
    assert world.told == told
    if payment_id:
        assert differences(world) == []
