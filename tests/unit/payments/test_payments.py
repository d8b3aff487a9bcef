"""Payments' rules and use cases, without AWS and without Stripe."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from minishop.contracts.payments import PaymentActionRequired, PaymentCaptured, PaymentDeclined, RefundSucceeded
from minishop.errors import ConcurrentUpdateError
from minishop.identity import Role
from minishop.money import Money
from payments.domain import moves
from payments.domain.ledger import LedgerEntry, Posting, PostingKind, UnbalancedPostingError
from payments.domain.moves import payment_id
from payments.domain.payment import Payment, PaymentInProgressError
from payments.domain.reports import Reason
from payments.domain.states import Status
from payments.domain.verdicts import Verdict
from payments.use_cases import paying, reading, reporting
from tests.helpers import customer, guest, staff
from tests.times import NOON
from tests.unit.payments.fakes import FEE, World
from tests.unit.payments.stories import (
    COMMAND,
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
)

POSTED = [PostingKind.AUTHORIZE, PostingKind.CAPTURE, PostingKind.FEE]


@pytest.fixture
def world() -> World:
    return World()


def test_the_attempt_is_written_before_the_provider_is_asked(world: World) -> None:
    seen: list[Payment] = []
    world.provider.on_call = lambda: seen.append(payment(world))
    pay(world)
    assert [attempt.status for attempt in seen[0].attempts] == [Status.PENDING]


def test_a_payment_is_captured_and_told_once(world: World) -> None:
    pay(world)
    pay(world)
    assert world.provider.calls == ["authorize", "capture"]
    assert world.payments.events == [PaymentCaptured(payment_id=PAYMENT, order_id=ORDER, attempt=1, amount=TOTAL)]
    assert [posting.kind for posting in world.payments.postings] == [
        PostingKind.AUTHORIZE,
        PostingKind.CAPTURE,
        PostingKind.FEE,
    ]
    assert world.balance() == TAKEN
    assert payment(world).due_at is None


def test_a_provider_that_captures_at_once_is_posted_in_full(world: World) -> None:
    world.provider.plan = [Verdict(Status.CAPTURED, "pi_1")]
    pay(world)
    assert world.balance() == TAKEN
    assert [posting.kind for posting in world.payments.postings] == [
        PostingKind.AUTHORIZE,
        PostingKind.CAPTURE,
        PostingKind.FEE,
    ]


def test_a_decline_is_told_with_its_code_and_another_attempt_has_an_id_of_its_own(world: World) -> None:
    world.provider.decline = "insufficient_funds"
    pay(world)
    assert world.payments.events == [
        PaymentDeclined(payment_id=PAYMENT, order_id=ORDER, attempt=1, decline_code="insufficient_funds")
    ]
    world.provider.decline = ""
    pay(world, replace(COMMAND, number=2))
    pay(world)
    assert world.told == ["PaymentDeclined", "PaymentCaptured"]
    first, second = payment(world).attempts
    assert first.id != second.id
    assert world.provider.captured == 1


def test_a_decline_without_a_code_has_one(world: World) -> None:
    world.provider.plan = [Verdict(Status.DECLINED)]
    pay(world)
    assert world.payments.events == [
        PaymentDeclined(payment_id=PAYMENT, order_id=ORDER, attempt=1, decline_code="declined")
    ]


@pytest.mark.parametrize("verdict", [None, SILENCE, Verdict(Status.REQUIRES_ACTION, "pi_1")])
def test_no_second_attempt_while_the_first_may_still_charge(world: World, verdict: Verdict | None) -> None:
    world.provider.plan = [verdict] if verdict else []
    pay(world)
    with pytest.raises(PaymentInProgressError):
        pay(world, replace(COMMAND, number=2))


def test_silence_is_unknown_and_asked_again_with_the_same_attempt(world: World) -> None:
    world.provider.plan = [SILENCE, SILENCE]
    pay(world)
    assert payment(world).status is Status.UNKNOWN
    assert world.told == []
    reconcile(world)
    assert payment(world).status is Status.UNKNOWN
    reconcile(world)
    assert world.provider.calls == ["authorize", "authorize", "authorize", "capture"]
    assert payment(world).status is Status.CAPTURED
    assert world.provider.captured == 1


@pytest.mark.parametrize("status", [Status.REQUIRES_ACTION, Status.DECLINED])
def test_what_was_unknown_becomes_what_the_provider_says(world: World, status: Status) -> None:
    world.provider.plan = [SILENCE]
    pay(world)
    assert payment(world).status is Status.UNKNOWN
    world.provider.plan = [Verdict(status, "pi_1")]
    pay(world)
    assert payment(world).status is status
    assert world.provider.calls == ["authorize", "authorize"]


def test_silence_about_a_capture_is_looked_up(world: World) -> None:
    world.provider.plan = [Verdict(Status.AUTHORIZED, "pi_1"), SILENCE]
    pay(world)
    assert payment(world).status is Status.UNKNOWN
    reconcile(world)
    assert world.provider.calls == ["authorize", "capture", "look_up"]
    assert world.balance() == TAKEN


def test_the_wait_doubles_up_to_five_minutes(world: World) -> None:
    world.provider.plan = [SILENCE] * 8
    pay(world)
    waits = []
    for _ in range(6):
        due = payment(world).due_at
        assert due is not None
        waits.append((due - world.clock.now()).total_seconds())
        world.clock.at = due
        paying.settle(world.ports, PAYMENT)
    assert waits == [30, 60, 120, 240, 300, 300]


def test_a_payment_that_cannot_be_looked_after_is_put_off_twice_as_long_each_time_behind_all_others(
    world: World,
) -> None:
    def poison() -> None:
        raise RuntimeError

    world.provider.plan = [SILENCE, SILENCE]
    pay(world)
    pay(world, replace(COMMAND, order_id="ord_2"))
    other = payment_id("ord_2")
    waits = []
    for _ in range(6):
        world.clock.at = max(due.due_at for due in world.payments.payments.values() if due.due_at)
        first, *_ = [due for due in paying.due_payments(world.ports) if due.id == PAYMENT]
        world.provider.on_call = poison
        with pytest.raises(RuntimeError):
            reporting.look_after_due(world.ports, first)
        due_at = payment(world).due_at
        assert due_at is not None
        waits.append((due_at - world.clock.now()).total_seconds())
    assert waits == [30, 60, 120, 240, 300, 300]
    world.clock.pass_time(minutes=5)
    assert [due.id for due in paying.due_payments(world.ports)] == [other, PAYMENT]
    world.provider.on_call = lambda: None
    reconcile(world)
    assert payment(world).status is Status.CAPTURED
    assert world.payments.failing == {}


def test_nothing_is_due_before_its_time(world: World) -> None:
    world.provider.plan = [SILENCE]
    pay(world)
    world.clock.pass_time(seconds=29)
    assert list(paying.due_payments(world.ports)) == []
    world.clock.pass_time(seconds=1)
    assert [due.id for due in paying.due_payments(world.ports)] == [PAYMENT]


def test_an_action_is_told_once_and_goes_on_when_the_provider_says_so(world: World) -> None:
    world.provider.plan = [Verdict(Status.REQUIRES_ACTION, "pi_1", action_url="https://bank.test/1")]
    pay(world)
    pay(world)
    assert world.payments.events == [
        PaymentActionRequired(payment_id=PAYMENT, order_id=ORDER, attempt=1, action_url="https://bank.test/1")
    ]
    assert world.provider.calls == ["authorize"]
    world.provider.plan = [Verdict(Status.REQUIRES_ACTION, "pi_1", action_url="https://bank.test/1")]
    reconcile(world)
    assert world.told == ["PaymentActionRequired"]
    report(world)
    assert world.told == ["PaymentActionRequired", "PaymentCaptured"]


def test_an_action_stays_asked_for_and_is_not_told_again_when_the_provider_is_silent_in_between(world: World) -> None:
    asked = Verdict(Status.REQUIRES_ACTION, "pi_1", action_url="https://bank.test/1")
    world.provider.plan = [asked, SILENCE, asked]
    pay(world)
    reconcile(world)
    assert payment(world).status is Status.REQUIRES_ACTION
    assert payment(world).current.action_url == "https://bank.test/1"
    reconcile(world)
    assert world.told == ["PaymentActionRequired"]


def test_what_the_provider_ends_by_itself_is_a_decline(world: World) -> None:
    world.provider.plan = [Verdict(Status.AUTHORIZED, "pi_1"), Verdict(Status.VOIDED, "pi_1")]
    pay(world)
    assert world.told == ["PaymentDeclined"]
    assert payment(world).current.decline_code == "canceled_by_provider"
    assert world.balance() == {}


def test_a_cancelled_payment_goes_back_in_full_and_once(world: World) -> None:
    pay(world)
    cancel(world)
    cancel(world)
    assert payment(world).status is Status.REFUNDED
    (refund,) = payment(world).refunds
    assert world.payments.events[-1] == RefundSucceeded(
        refund_id=refund.id, payment_id=PAYMENT, order_id=ORDER, amount=TOTAL
    )
    assert world.told == ["PaymentCaptured", "RefundSucceeded"]
    assert world.balance() == GIVEN_BACK


def test_an_order_cancelled_before_it_was_to_be_paid_is_never_charged(world: World) -> None:
    cancel(world)
    pay(world)
    assert world.provider.calls == []
    assert world.payments.payments == {}


def test_a_cancelled_order_that_was_declined_gets_no_further_attempt(world: World) -> None:
    world.provider.decline = "generic_decline"
    pay(world)
    cancel(world)
    pay(world, replace(COMMAND, number=2))
    assert world.provider.calls == ["authorize"]
    assert payment(world).status is Status.DECLINED


def test_what_is_unknown_when_the_order_is_cancelled_is_let_go_once_it_is_known(world: World) -> None:
    world.provider.plan = [SILENCE, SILENCE]
    pay(world)
    cancel(world)
    assert payment(world).status is Status.UNKNOWN
    reconcile(world)
    assert payment(world).status is Status.VOIDED
    assert world.told == ["PaymentVoided"]
    assert world.balance() == {}


def test_an_action_that_nobody_needs_any_more_is_called_off(world: World) -> None:
    world.provider.plan = [Verdict(Status.REQUIRES_ACTION, "pi_1")]
    pay(world)
    cancel(world)
    assert world.provider.calls == ["authorize", "void"]
    assert world.told == ["PaymentActionRequired", "PaymentVoided"]


def test_a_void_that_comes_too_late_is_a_refund(world: World) -> None:
    world.provider.plan = [Verdict(Status.AUTHORIZED, "pi_1"), SILENCE]
    pay(world)
    world.provider.plan = [Verdict(Status.AUTHORIZED, "pi_1"), Verdict(Status.CAPTURED, "pi_1")]
    cancel(world)
    assert world.provider.calls == ["authorize", "capture", "look_up", "void", "refund"]
    assert world.told == ["PaymentCaptured", "RefundSucceeded"]
    assert world.balance() == GIVEN_BACK


def test_a_cancellation_in_the_middle_of_an_authorization_is_met_after_it(world: World) -> None:
    world.payments.before_save = lambda: world.payments.cancelled.add(PAYMENT)
    pay(world)
    assert payment(world).status is Status.VOIDED


def test_what_is_settled_stays_as_it_is(world: World) -> None:
    pay(world)
    settled = payment(world)
    for status in Status:
        assert moves.conclude(settled, Verdict(status), at=NOON).payment is settled


def test_whoever_loses_a_step_reads_again(world: World) -> None:
    def somebody_else() -> None:
        paying.settle(world.ports, PAYMENT)

    world.payments.before_save = somebody_else
    pay(world)
    assert world.told == ["PaymentCaptured"]
    assert world.provider.captured == 1


def test_two_deliveries_at_once_make_one_payment(world: World) -> None:
    world.payments.before_insert = lambda: pay(world)
    pay(world)
    assert world.told == ["PaymentCaptured"]
    assert world.provider.captured == 1


def test_a_payment_that_keeps_changing_comes_again_later(world: World) -> None:
    world.payments.always_late = True
    with pytest.raises(ConcurrentUpdateError):
        pay(world)
    late = World()
    late.provider.on_call = lambda: setattr(late.payments, "always_late", True)
    with pytest.raises(ConcurrentUpdateError):
        pay(late)


def test_every_order_of_payment_and_cancellation_ends_without_money(world: World) -> None:
    steps = ["pay", "pay", "cancel", "cancel", "reconcile"]
    for silent in (False, True):
        for order in set(permutations(steps)):
            fresh = World()
            if silent:
                fresh.provider.plan = [SILENCE]
            for step in order:
                {"pay": pay, "cancel": cancel, "reconcile": reconcile}[step](fresh)
            reconcile(fresh)
            taken = fresh.provider.captured * TOTAL.amount
            assert taken == sum(fresh.provider.refunds.values()), order
            assert fresh.balance().get("provider_balance", 0) == -fresh.balance().get("provider_fees", 0), order
            assert "authorizations" not in fresh.balance(), order
            assert list(paying.due_payments(fresh.ports)) == []


def test_payments_are_listed_for_owner_support_and_admin(world: World) -> None:
    pay(world)
    for principal, count in (
        (customer(), 1),
        (customer("cus_eve"), 0),
        (staff(Role.SUPPORT), 1),
        (staff(Role.ADMIN), 1),
        (staff(Role.WAREHOUSE), 0),
    ):
        assert len(reading.list_payments(world.ports, ORDER, principal)) == count


def test_settling_what_is_not_there_does_nothing(world: World) -> None:
    paying.settle(world.ports, PAYMENT)
    assert world.provider.calls == []


def test_a_posting_that_does_not_balance_cannot_be_made() -> None:
    entries = (LedgerEntry("a", Money(1, "EUR")), LedgerEntry("b", Money(-2, "EUR")))
    with pytest.raises(UnbalancedPostingError):
        Posting("pst_1", NOON, ORDER, PostingKind.CAPTURE, entries)


def test_a_posting_may_hold_two_currencies_that_each_balance() -> None:
    amounts = [Money(1, "EUR"), Money(-1, "EUR"), Money(2, "USD"), Money(-2, "USD")]
    Posting("pst_1", NOON, ORDER, PostingKind.FEE, tuple(LedgerEntry("a", amount) for amount in amounts))


def test_an_order_that_costs_nothing_is_paid_without_asking_anybody(world: World) -> None:
    free = replace(COMMAND, amount=Money(0, "EUR"))
    pay(world, free)
    pay(world, free)
    cancel(world)
    assert world.payments.events == [
        PaymentCaptured(payment_id=PAYMENT, order_id=ORDER, attempt=1, amount=Money(0, "EUR"))
    ]
    assert (world.provider.calls, world.payments.postings) == ([], [])
    assert (payment(world).status, payment(world).due_at) == (Status.CAPTURED, None)


def test_a_fee_that_the_provider_names_later_is_posted_then(world: World) -> None:
    world.provider.fee = None
    pay(world)
    assert world.balance() == {"provider_balance": 4380, "customer_payments": -4380}
    reconcile(world)
    world.provider.fee = FEE
    reconcile(world)
    reconcile(world)
    assert world.balance() == TAKEN
    assert [posting.source for posting in world.payments.postings[1:]] == ["ch_1", "ch_1"]
    assert world.provider.calls == ["authorize", "capture", "look_up", "look_up"]


def test_a_fee_that_is_never_named_is_left_to_the_day_s_reconciliation(world: World) -> None:
    world.provider.fee = None
    pay(world)
    for _ in range(20):
        reconcile(world)
    assert payment(world).due_at is None


def test_a_provider_that_keeps_nothing_is_posted_without_a_fee(world: World) -> None:
    world.provider.fee = 0
    pay(world)
    assert [posting.kind for posting in world.payments.postings] == POSTED[:2]


def test_a_sum_that_was_not_asked_for_is_not_believed_and_is_kept_apart(world: World) -> None:
    less = Verdict(Status.AUTHORIZED, "pi_1", amount=Money(438, "EUR"))
    world.provider.plan = [less]
    pay(world)
    assert payment(world).status is Status.PENDING
    assert world.told == []
    (suspect,) = world.reports.kept.values()
    assert (suspect.reason, suspect.report.amount, suspect.expected) == (Reason.MISMATCH, less.amount, TOTAL)
    assert world.attention.calls == ["ReportQuarantined"]
    reconcile(world)
    assert world.provider.calls == ["authorize"]
    world.clock.pass_time(hours=1)
    reconcile(world)
    assert payment(world).status is Status.CAPTURED


def test_a_guest_who_became_a_customer_sees_their_payments_as_that(world: World) -> None:
    pay(world, replace(COMMAND, owner="gst_1"))
    assert len(reading.list_payments(world.ports, ORDER, guest())) == 1
    world.payments.remember_upgrade("gst_1", "cus_ada")
    assert len(reading.list_payments(world.ports, ORDER, customer())) == 1
    assert reading.list_payments(world.ports, ORDER, guest()) == []
    assert reading.list_payments(world.ports, "ord_none", customer()) == []


def test_an_export_has_the_payments_of_one_s_own_orders_the_former_guest_s_too(world: World) -> None:
    orders = {"ord_1": "cus_ada", "ord_2": "gst_1", "ord_3": "cus_eve", "ord_4": "gst_2"}
    for order_id, owner in orders.items():
        pay(world, replace(COMMAND, order_id=order_id, owner=owner))
    world.payments.remember_upgrade("gst_1", "cus_ada")
    exported = reading.export_payments(world.payments, "cus_ada", ["ord_2", *orders, "ord_none"][1:])
    assert [payment.order_id for payment in exported] == ["ord_1", "ord_2"]


def test_the_ledger_is_read_a_page_at_a_time(world: World) -> None:
    pay(world)
    end = world.clock.now() + timedelta(seconds=1)
    page, position = reading.list_postings(world.ports, NOON, end, 2, None)
    rest, nothing = reading.list_postings(world.ports, NOON, end, 2, position)
    assert [posting.kind for posting in (*page, *rest)] == POSTED
    assert nothing is None
