"""Refunds: once per cause, never beyond what was captured, tried until they succeed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from minishop.contracts.payments import RefundFailed, RefundSucceeded
from minishop.errors import ConcurrentUpdateError, IdempotencyKeyReusedError
from minishop.money import Money
from payments.domain.payment import (
    ExceedsCapturedError,
    Payment,
    PaymentInProgressError,
    PaymentNotFoundError,
    ProviderSilentError,
)
from payments.domain.refunds import RefundCurrencyError, conclude_refund
from payments.domain.states import RefundStatus, Status
from payments.domain.verdicts import RefundVerdict, Verdict
from payments.use_cases import paying, refunding
from payments.use_cases.refunding import RefundCommand
from tests.unit.payments.fakes import FEE, World
from tests.unit.payments.stories import (
    GIVEN_BACK,
    ORDER,
    PAYMENT,
    TAKEN,
    TOTAL,
    cancel,
    pay,
    payment,
    reconcile,
    report,
)

ASKED = RefundCommand(PAYMENT, Money(1000, "EUR"), "damaged", "cus_staff", "key-1", "fingerprint-1")
REFUSED = RefundVerdict(RefundStatus.FAILED, code="balance_insufficient")


@pytest.fixture
def world() -> World:
    """A shop with a payment of 43.80 that is captured."""
    paid = World()
    pay(paid)
    return paid


def ask(world: World, amount: int = 1000, key: str = "key-1") -> None:
    command = replace(ASKED, amount=Money(amount, "EUR"), key=key, fingerprint=f"{amount}")
    refunding.request_refund(world.ports, command)


def give_back(world: World, amount: int = 1000, key: str = "key-1") -> None:
    ask(world, amount, key)
    paying.settle(world.ports, PAYMENT)


def reference(
    world: World, amount: int = 1000, name: str = "ret_1", currency: str = "EUR", *, request: int = 1
) -> None:
    refunding.refund_reference(world.ports, ORDER, name, Money(amount, currency), "return", request=request)
    paying.settle(world.ports, PAYMENT)


def statuses(world: World) -> list[tuple[int, str]]:
    return [(refund.amount.amount, refund.status.value) for refund in payment(world).refunds]


def test_the_refund_is_written_before_the_provider_is_asked(world: World) -> None:
    seen: list[Payment] = []
    world.provider.on_call = lambda: seen.append(payment(world))
    cancel(world)
    assert [refund.status for refund in seen[0].refunds] == [RefundStatus.REQUESTED]


def test_a_part_goes_back_and_then_the_rest(world: World) -> None:
    give_back(world)
    assert payment(world).status is Status.PARTIALLY_REFUNDED
    assert world.balance() == {**TAKEN, "provider_balance": 3380 - FEE, "customer_refunds": 1000}
    give_back(world, 3380, "key-2")
    assert payment(world).status is Status.REFUNDED
    assert world.balance() == GIVEN_BACK
    assert payment(world).due_at is None


def test_the_same_key_is_the_same_refund_and_with_another_body_it_is_refused(world: World) -> None:
    first = refunding.request_refund(world.ports, ASKED)
    paying.settle(world.ports, PAYMENT)
    again = refunding.request_refund(world.ports, ASKED)
    assert (again.id, again.amount, again.at) == (first.id, first.amount, first.at)
    with pytest.raises(IdempotencyKeyReusedError):
        refunding.request_refund(world.ports, replace(ASKED, fingerprint="fingerprint-2"))
    assert refunding.request_refund(world.ports, replace(ASKED, actor="cus_other")).id != first.id
    assert world.provider.calls.count("refund") == 1


def test_refunds_never_exceed_what_was_captured(world: World) -> None:
    give_back(world)
    for amount in (3381, 4380, 0, -1):
        with pytest.raises(ExceedsCapturedError):
            ask(world, amount, f"key-{amount}")
    assert statuses(world) == [(1000, "succeeded")]


def test_of_two_refunds_at_once_that_together_exceed_one_is_refused(world: World) -> None:
    world.payments.before_save = lambda: ask(world, 3000, "key-2")
    with pytest.raises(ExceedsCapturedError):
        ask(world, 2000, "key-1")
    assert statuses(world) == [(3000, "requested")]


def test_a_refund_is_of_the_currency_that_was_paid(world: World) -> None:
    with pytest.raises(RefundCurrencyError) as refused:
        refunding.request_refund(world.ports, replace(ASKED, amount=Money(1000, "USD")))
    assert [error.pointer for error in refused.value.errors] == ["/amount/currency"]


def test_nothing_is_refunded_of_a_payment_that_is_not_there_or_not_captured(world: World) -> None:
    with pytest.raises(PaymentNotFoundError):
        refunding.request_refund(world.ports, replace(ASKED, payment_id="pay_none"))
    declined = World()
    declined.provider.decline = "generic_decline"
    pay(declined)
    with pytest.raises(ExceedsCapturedError):
        ask(declined)


def test_a_payment_that_keeps_changing_is_refunded_later(world: World) -> None:
    world.payments.always_late = True
    with pytest.raises(ConcurrentUpdateError):
        ask(world)


def test_what_orders_asks_for_goes_back_once_per_reference(world: World) -> None:
    reference(world)
    reference(world)
    reference(world, 500, "shp_1")
    (first, second) = payment(world).refunds
    assert [event for event in world.payments.events if isinstance(event, RefundSucceeded)] == [
        RefundSucceeded(
            refund_id=refund.id, payment_id=PAYMENT, order_id=ORDER, amount=refund.amount, reference=refund.reference
        )
        for refund in (first, second)
    ]
    assert [refund.reference for refund in (first, second)] == ["ret_1", "shp_1"]


def test_a_reference_that_is_worth_nothing_is_refunded_without_the_provider(world: World) -> None:
    reference(world, 0)
    assert statuses(world) == [(0, "succeeded")]
    assert world.told == ["PaymentCaptured", "RefundSucceeded"]
    assert "refund" not in world.provider.calls
    assert world.balance() == TAKEN


@pytest.mark.parametrize(
    ("amount", "currency", "code"), [(4381, "EUR", "exceeds_captured"), (1, "USD", "currency_mismatch")]
)
def test_a_reference_that_cannot_go_back_is_told_as_failed_for_good(
    world: World, amount: int, currency: str, code: str
) -> None:
    reference(world, amount, currency=currency)
    reference(world, amount, currency=currency)
    (refund,) = payment(world).refunds
    assert world.payments.events[-1] == RefundFailed(
        refund_id=refund.id,
        payment_id=PAYMENT,
        order_id=ORDER,
        amount=Money(amount, currency),
        reference="ret_1",
        final=True,
        code=code,
    )
    assert (refund.code, refund.status, payment(world).due_at) == (code, RefundStatus.FAILED, None)
    assert "RefundFailed" in world.attention.calls
    assert "refund" not in world.provider.calls
    assert payment(world).refundable == 4380


def test_a_reference_that_failed_for_good_is_asked_for_again_when_orders_says_so(world: World) -> None:
    reference(world, 4381)
    reference(world, 4381, request=2)
    assert [(one.final, one.request) for one in payment(world).refunds] == [(True, 2)]
    reference(world, 4380)
    assert statuses(world) == [(4381, "failed")], "the first request, told late"
    for _ in range(2):
        reference(world, 4380, request=3)
        paying.settle(world.ports, PAYMENT)
    assert statuses(world) == [(4380, "succeeded")]
    assert world.told == ["PaymentCaptured", "RefundFailed", "RefundFailed", "RefundSucceeded"]
    assert world.provider.keys == [payment(world).refunds[0].id]
    reference(world, 1, request=4)
    assert statuses(world) == [(4380, "succeeded")]


def test_a_reference_waits_for_its_payment() -> None:
    world = World()
    with pytest.raises(PaymentNotFoundError):
        reference(world)
    world.provider.plan = [Verdict(Status.UNKNOWN)]
    pay(world)
    with pytest.raises(PaymentInProgressError):
        reference(world)


def test_silence_about_a_refund_is_asked_again_with_the_same_refund(world: World) -> None:
    world.provider.plan = [RefundVerdict(RefundStatus.REQUESTED), RefundVerdict(RefundStatus.PENDING, "re_1")]
    cancel(world)
    assert payment(world).status is Status.CAPTURED
    reconcile(world)
    assert payment(world).refunds[0].status is RefundStatus.PENDING
    assert payment(world).refunds[0].provider_ref == "re_1"
    report(world, "refund.updated", refund_id=payment(world).refunds[0].id)
    assert payment(world).status is Status.REFUNDED
    assert len(world.provider.refunds) == 1


def test_a_refund_that_fails_changes_nothing_alarms_and_is_tried_again_with_the_same_key(world: World) -> None:
    world.provider.plan = [REFUSED, REFUSED]
    cancel(world)
    assert world.told == ["PaymentCaptured", "RefundFailed"]
    assert world.attention.calls == ["RefundFailed"]
    assert world.balance() == TAKEN
    assert payment(world).refunds[0].code == "balance_insufficient"
    reconcile(world)
    assert world.provider.calls.count("refund") == 1
    world.clock.pass_time(hours=1)
    reconcile(world)
    assert world.told == ["PaymentCaptured", "RefundFailed"]
    assert world.attention.calls == ["RefundFailed"] * 2
    world.clock.pass_time(hours=2)
    reconcile(world)
    assert world.told == ["PaymentCaptured", "RefundFailed", "RefundSucceeded"]
    assert len(set(world.provider.keys)) == 1
    assert payment(world).due_at is None


def test_a_refund_that_fails_is_let_rest_twice_as_long_each_time_up_to_a_day(world: World) -> None:
    world.provider.plan = [REFUSED] * 7
    cancel(world)
    waits = []
    for _ in range(6):
        due = payment(world).due_at
        assert due is not None
        waits.append((due - world.clock.now()) / timedelta(hours=1))
        world.clock.at = due
        paying.settle(world.ports, PAYMENT)
    assert waits == [1, 2, 4, 8, 16, 24]


def test_a_refund_that_waits_does_not_hold_up_the_next_one(world: World) -> None:
    world.provider.plan = [REFUSED]
    give_back(world, 1000, "key-1")
    give_back(world, 500, "key-2")
    assert statuses(world) == [(1000, "failed"), (500, "succeeded")]


def test_a_failed_refund_keeps_its_share_of_what_was_captured(world: World) -> None:
    world.provider.plan = [REFUSED]
    give_back(world, 4000)
    with pytest.raises(ExceedsCapturedError):
        ask(world, 381, "key-2")


def test_a_refund_that_comes_back_is_the_shop_s_money_again_and_another_one_is_made(world: World) -> None:
    give_back(world)
    (refund,) = payment(world).refunds
    came_back = RefundVerdict(RefundStatus.FAILED, refund.provider_ref, "lost_or_stolen_card")
    world.provider.plan = [came_back, came_back]
    report(world, "refund.failed", refund_id=refund.id)
    report(world, "refund.failed", refund_id=refund.id)
    assert world.told[-2:] == ["RefundSucceeded", "RefundFailed"]
    assert payment(world).status is Status.CAPTURED
    assert world.balance() == TAKEN
    world.clock.pass_time(hours=2)
    reconcile(world)
    assert world.provider.keys == [refund.id, f"{refund.id}:1"]
    assert world.told[-1] == "RefundSucceeded"
    assert world.balance() == {**TAKEN, "provider_balance": 3380 - FEE, "customer_refunds": 1000}
    report(world, "refund.failed", refund_id=refund.id)  # late: it is about the one before
    assert statuses(world) == [(1000, "succeeded")]


def test_a_refund_that_is_made_and_fails_at_once_is_made_anew(world: World) -> None:
    world.provider.plan = [RefundVerdict(RefundStatus.FAILED, "re_1", "declined")]
    give_back(world)
    assert payment(world).refunds[0].key.endswith(":1")


def test_news_of_a_refund_that_succeeded_come_again_while_the_provider_is_silent(world: World) -> None:
    give_back(world)
    world.provider.plan = [RefundVerdict(RefundStatus.REQUESTED)]
    with pytest.raises(ProviderSilentError):
        report(world, "refund.failed", refund_id=payment(world).refunds[0].id)
    assert not world.reports.known
    assert statuses(world) == [(1000, "succeeded")]


def test_silence_does_not_undo_a_refund(world: World) -> None:
    give_back(world)
    before = payment(world)
    verdict = RefundVerdict(RefundStatus.REQUESTED)
    at = world.clock.now()
    after = conclude_refund(before, before.refunds[0], verdict, at=at, patience=timedelta(hours=1))
    assert after.payment is before


def test_a_cancellation_gives_back_what_refunds_have_left(world: World) -> None:
    give_back(world)
    cancel(world)
    assert statuses(world) == [(1000, "succeeded"), (3380, "succeeded")]
    assert world.balance() == GIVEN_BACK


def test_a_cancellation_is_asked_for_again_with_what_became_free_since(world: World) -> None:
    reference(world, 5000)
    cancel(world)
    assert statuses(world) == [(5000, "failed"), (4380, "succeeded")]
    assert Money(4380, "EUR") == TOTAL
