"""What the provider reports: news, no news, and what is not believed."""

from dataclasses import replace
from typing import Any

import pytest

from minishop.contracts.payments import PaymentDisputed
from minishop.money import Money
from payments.domain.reports import Reason, Report, UnexplainedReportError
from payments.domain.states import DisputeStatus, Status
from payments.domain.verdicts import DisputeVerdict, Movement
from payments.use_cases import paying, refunding, reporting
from payments.use_cases.reporting import SuspectNotFoundError
from tests.unit.payments.fakes import FEE, World
from tests.unit.payments.stories import (
    GIVEN_BACK,
    ORDER,
    PAYMENT,
    SILENCE,
    TAKEN,
    TOTAL,
    cancel,
    pay,
    payment,
    reconcile,
    report,
    retry_suspects,
)

NEWS = Report("stripe", "evt_1", "payment_intent.succeeded", "pi_1", PAYMENT, amount=TOTAL)
DISPUTE_FEE = 2000


@pytest.fixture
def world() -> World:
    return World()


def reasons(world: World) -> list[Reason]:
    return [suspect.reason for suspect in world.reports.kept.values()]


def test_a_report_is_no_news_when_the_provider_has_answered(world: World) -> None:
    pay(world)
    report(world)
    assert world.provider.calls == ["authorize", "capture"]


def test_a_report_settles_what_is_unknown_and_does_so_once(world: World) -> None:
    world.provider.plan = [SILENCE]
    pay(world)
    for _ in range(3):
        reporting.take_report(world.ports, NEWS)
    assert payment(world).status is Status.CAPTURED
    assert world.provider.calls == ["authorize", "authorize", "capture"]


def test_a_report_about_an_unknown_payment_is_to_come_again(world: World) -> None:
    with pytest.raises(UnexplainedReportError):
        reporting.take_report(world.ports, NEWS)
    assert not world.reports.known


def test_a_report_is_tried_again_until_its_payment_is_known(world: World) -> None:
    for number in (1, 2, 3):
        news = replace(NEWS, id=f"evt_{number}", payment_id=PAYMENT if number < 3 else "pay_none")
        reporting.keep_apart(world.ports, news, Reason.UNKNOWN_PAYMENT)
    assert retry_suspects(world) == 0
    pay(world)
    world.clock.pass_time(minutes=5)
    assert retry_suspects(world) == 2
    assert list(world.reports.kept) == ["evt_3"]
    assert world.attention.calls == ["ReportQuarantined"] * 3


def test_a_report_whose_payment_never_comes_stays_for_somebody_to_look_at(world: World) -> None:
    reporting.keep_apart(world.ports, NEWS, Reason.UNKNOWN_PAYMENT)
    world.clock.pass_time(hours=73)
    pay(world)
    assert retry_suspects(world) == 0
    assert reporting.list_suspects(world.ports, 20, None)[0][0].report == NEWS
    assert list(reporting.due_suspects(world.ports)) == []


def test_a_report_is_tried_again_at_once_and_then_after_five_minutes_and_twice_as_long_each_time_up_to_an_hour(
    world: World,
) -> None:
    reporting.keep_apart(world.ports, NEWS, Reason.UNKNOWN_PAYMENT)
    waits = []
    for _ in range(6):
        assert retry_suspects(world) == 0
        ((due, _failures),) = world.reports.dues.values()
        waits.append((due - world.clock.now()).total_seconds() / 60)
        world.clock.pass_time(minutes=waits[-1] - 1)
        assert list(reporting.due_suspects(world.ports)) == []
        world.clock.pass_time(minutes=1)
    assert waits == [5, 10, 20, 40, 60, 60]
    pay(world)
    assert retry_suspects(world) == 1


def test_a_report_that_cannot_be_tried_is_put_off_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reporting.keep_apart(world.ports, NEWS, Reason.UNKNOWN_PAYMENT)
    monkeypatch.setattr(world.payments, "find", lambda _payment_id: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        retry_suspects(world)
    assert list(reporting.due_suspects(world.ports)) == []
    world.clock.pass_time(minutes=5)
    assert [due.failures for due in reporting.due_suspects(world.ports)] == [1]


def test_a_report_that_was_released_in_the_meantime_is_not_tried_again(world: World) -> None:
    reporting.keep_apart(world.ports, NEWS, Reason.UNKNOWN_PAYMENT)
    (due,) = reporting.due_suspects(world.ports)
    pay(world)
    assert [reporting.retry_suspect(world.ports, due) for _ in range(2)] == [True, False]


def test_a_report_whose_payment_turns_out_to_be_of_another_sum_stays_apart_for_that(world: World) -> None:
    told = replace(NEWS, amount=Money(438, "EUR"))
    reporting.keep_apart(world.ports, told, Reason.UNKNOWN_PAYMENT)
    pay(world)
    assert retry_suspects(world) == 0
    assert reasons(world) == [Reason.MISMATCH]
    world.clock.pass_time(hours=2)
    assert list(reporting.due_suspects(world.ports)) == []


def test_what_somebody_has_looked_at_is_dismissed_once_and_for_good(world: World) -> None:
    world.provider.plan = [SILENCE]
    pay(world)
    reporting.keep_apart(world.ports, NEWS, Reason.MISMATCH)
    for _ in range(2):
        reporting.dismiss_suspect(world.ports, NEWS.id, "cus_admin")
    assert (world.reports.kept, world.reports.dismissed) == ({}, {NEWS.id: "cus_admin"})
    reporting.take_report(world.ports, NEWS)
    assert payment(world).status is Status.UNKNOWN
    with pytest.raises(SuspectNotFoundError):
        reporting.dismiss_suspect(world.ports, "evt_none", "cus_admin")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": Money(438, "EUR")}, Reason.MISMATCH),
        ({"amount": Money(4380, "USD")}, Reason.MISMATCH),
        ({"payment_id": ""}, Reason.NO_PAYMENT),
        ({"kind": "charge.refunded", "amount": Money(0, "USD")}, Reason.MISMATCH),
    ],
)
def test_what_does_not_fit_is_kept_apart_and_changes_nothing(
    world: World, changes: dict[str, Any], reason: Reason
) -> None:
    world.provider.plan = [SILENCE]
    pay(world)
    before = payment(world)
    reporting.take_report(world.ports, replace(NEWS, **changes))
    assert reasons(world) == [reason]
    assert world.attention.calls == ["ReportQuarantined"]
    assert payment(world) == before
    assert retry_suspects(world) == 0


@pytest.mark.parametrize(
    "changes",
    [{"kind": "refund.failed", "refund_id": "ref_none"}, {"kind": "charge.refunded", "amount": Money(1, "EUR")}],
)
def test_a_report_about_a_refund_that_nobody_asked_for_comes_again_and_is_released_when_somebody_has(
    world: World, changes: dict[str, Any]
) -> None:
    pay(world)
    told = replace(NEWS, **changes)
    with pytest.raises(UnexplainedReportError) as unexplained:
        reporting.take_report(world.ports, told)
    assert unexplained.value.expected == Money(0, "EUR")
    reporting.keep_apart(world.ports, told, unexplained.value.reason, unexplained.value.expected)
    assert retry_suspects(world) == 0
    cancel(world)
    world.clock.pass_time(minutes=5)
    assert retry_suspects(world) == int(told.kind == "charge.refunded")


def test_a_refund_that_speaks_of_another_sum_is_kept_apart(world: World) -> None:
    pay(world)
    cancel(world)
    (refund,) = payment(world).refunds
    report(world, "refund.updated", refund_id=refund.id, amount=TOTAL)
    report(world, "charge.refunded", amount=TOTAL)
    assert reasons(world) == []
    report(world, "refund.updated", refund_id=refund.id, amount=Money(1, "EUR"))
    assert reasons(world) == [Reason.MISMATCH]


def test_news_of_a_refund_that_the_provider_has_not_answered_for_is_left_to_its_answer(world: World) -> None:
    pay(world)
    refunding.refund_reference(world.ports, ORDER, "ret_1", Money(100, "EUR"), "return")
    report(world, "refund.updated", refund_id=payment(world).refunds[0].id)
    assert world.provider.calls == ["authorize", "capture"]


def dispute(world: World, status: DisputeStatus, *movements: Movement, amount: int = 4380, name: str = "dp_1") -> None:
    money = Money(amount, "EUR")
    world.provider.disputes[name] = DisputeVerdict(name, PAYMENT, money, "fraudulent", status, movements)
    report(world, "charge.dispute.updated", payment_id="", subject=name, amount=money)


TAKEN_BACK = Movement("txn_1", -4380, DISPUTE_FEE)
REINSTATED = Movement("txn_2", 4380, 0)
DISPUTED = {
    **TAKEN,
    "provider_balance": -FEE - DISPUTE_FEE,
    "provider_fees": FEE + DISPUTE_FEE,
    "disputes": 4380,
}


def told_disputes(world: World) -> list[str]:
    return [event.status for event in world.payments.events if isinstance(event, PaymentDisputed)]


def test_a_dispute_takes_the_money_and_is_told_and_posted_once(world: World) -> None:
    pay(world)
    dispute(world, DisputeStatus.OPEN)
    dispute(world, DisputeStatus.OPEN, TAKEN_BACK)
    dispute(world, DisputeStatus.OPEN, TAKEN_BACK)
    assert payment(world).status is Status.DISPUTED
    assert world.payments.events[-1] == PaymentDisputed(
        payment_id=PAYMENT, order_id=ORDER, dispute_id="dp_1", amount=TOTAL, reason="fraudulent", status="open"
    )
    assert told_disputes(world) == ["open"]
    assert world.balance() == DISPUTED
    assert "PaymentDisputed" in world.attention.calls


def test_a_dispute_that_is_won_brings_the_money_back_but_not_the_fee(world: World) -> None:
    pay(world)
    dispute(world, DisputeStatus.OPEN, TAKEN_BACK)
    dispute(world, DisputeStatus.WON, TAKEN_BACK, REINSTATED)
    assert payment(world).status is Status.CAPTURED
    assert told_disputes(world) == ["open", "won"]
    assert world.balance() == {
        **TAKEN,
        "provider_balance": 4380 - FEE - DISPUTE_FEE,
        "provider_fees": FEE + DISPUTE_FEE,
    }
    assert payment(world).due_at is None


def test_a_dispute_that_is_lost_stays_one(world: World) -> None:
    pay(world)
    dispute(world, DisputeStatus.LOST, TAKEN_BACK)
    assert payment(world).status is Status.DISPUTED
    assert told_disputes(world) == ["lost"]
    assert world.balance() == DISPUTED


def test_an_inquiry_moves_nothing_and_is_not_told(world: World) -> None:
    pay(world)
    dispute(world, DisputeStatus.INQUIRY)
    dispute(world, DisputeStatus.CLOSED)
    assert payment(world).status is Status.CAPTURED
    assert told_disputes(world) == []
    assert world.balance() == TAKEN


def test_what_a_dispute_has_taken_is_not_refunded_as_well(world: World) -> None:
    pay(world)
    dispute(world, DisputeStatus.OPEN, Movement("txn_1", -3000, DISPUTE_FEE), amount=3000)
    assert payment(world).refundable == 1380
    cancel(world)
    assert [refund.amount.amount for refund in payment(world).refunds] == [1380]


def test_a_dispute_of_a_cancelled_order_that_is_won_is_given_back(world: World) -> None:
    pay(world)
    dispute(world, DisputeStatus.OPEN, TAKEN_BACK)
    cancel(world)
    assert payment(world).refunds == ()
    dispute(world, DisputeStatus.WON, TAKEN_BACK, REINSTATED)
    assert payment(world).status is Status.REFUNDED
    assert world.balance() == {
        **GIVEN_BACK,
        "provider_balance": -FEE - DISPUTE_FEE,
        "provider_fees": FEE + DISPUTE_FEE,
    }


def test_an_open_dispute_is_asked_about_every_day(world: World) -> None:
    pay(world)
    dispute(world, DisputeStatus.OPEN, TAKEN_BACK)
    world.provider.disputes["dp_1"] = replace(world.provider.disputes["dp_1"], status=DisputeStatus.LOST)
    reconcile(world)
    assert told_disputes(world) == ["open"]
    world.clock.pass_time(hours=24)
    reconcile(world)
    assert told_disputes(world) == ["open", "lost"]
    assert list(paying.due_payments(world.ports)) == []


def test_a_dispute_about_no_payment_of_the_shop_is_kept_apart(world: World) -> None:
    world.provider.disputes["dp_1"] = DisputeVerdict("dp_1", "", TOTAL, "general", DisputeStatus.OPEN)
    report(world, "charge.dispute.created", payment_id="", subject="dp_1")
    assert reasons(world) == [Reason.NO_PAYMENT]


def test_a_dispute_about_a_payment_that_is_not_known_yet_comes_again(world: World) -> None:
    with pytest.raises(UnexplainedReportError):
        dispute(world, DisputeStatus.OPEN)


def test_looking_after_a_payment_that_is_not_there_does_nothing(world: World) -> None:
    reporting.look_after(world.ports, "pay_none")
    assert world.provider.calls == []
