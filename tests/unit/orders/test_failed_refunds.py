"""Money that was to go back and cannot, against fakes."""

import pytest

from minishop.contracts.orders import RefundRequested
from orders.domain.errors import OrderNotFoundError, RefundExceedsDueError, RefundNotFoundError
from orders.domain.order import Order
from orders.domain.progress import FailedRefund, Parcel, ParcelLine, ParcelStatus, Refund
from orders.domain.returns import ReturnStatus
from orders.use_cases import reactions, tracking
from tests.unit.orders.fakes import ADA, ORIGIN, Shop, eur
from tests.unit.orders.test_returns import ONE_MUG, ORDER, TOTAL, accepted, now, pay_back, shop

__all__ = ["shop"]  # the fixture


def fail(shop: Shop, reference: str, request: int = 1) -> None:
    reactions.record_refund_failure(
        shop.reactions, ORDER, reference, request=request, code="exceeds_captured", origin=ORIGIN
    )


def retry(shop: Shop, reference: str, amount: int | None = None) -> Order:
    return tracking.retry_refund(shop.returns, ORDER, reference, None if amount is None else eur(amount), ORIGIN)


def asked(shop: Shop) -> list[tuple[int, int]]:
    """How much was asked for, and for the how manyth time."""
    return [(one.amount.amount, one.request) for one in shop.orders.events if isinstance(one, RefundRequested)]


def test_what_has_failed_for_good_shows_in_the_order_once_and_its_return_waits(shop: Shop) -> None:
    one = accepted(shop)
    for _ in range(2):
        fail(shop, one.id)
    assert now(shop).payment.failed_refunds == (FailedRefund(one.id, ONE_MUG, "exceeds_captured", 1),)
    assert now(shop).returns[0].status is ReturnStatus.ACCEPTED
    assert [entry.kind for entry in now(shop).timeline].count("payment_refund_failed") == 1


def test_support_asks_again_until_it_succeeds(shop: Shop) -> None:
    one = accepted(shop)
    fail(shop, one.id)
    shop.orders.events.clear()
    for _ in range(2):
        assert not any(failed.failed for failed in retry(shop, one.id).payment.failed_refunds)
    assert shop.orders.events == [
        RefundRequested(order_id=ORDER, owner=ADA, reference=one.id, amount=ONE_MUG, reason="return", request=2)
    ]
    fail(shop, one.id)
    assert retry(shop, one.id).payment.failed_refunds[0].request == 2, "the first failure, told late"
    fail(shop, one.id, request=2)
    retry(shop, one.id)
    assert asked(shop) == [(ONE_MUG.amount, 2), (ONE_MUG.amount, 3)]
    pay_back(shop, one)
    assert now(shop).returns[0].status is ReturnStatus.REFUNDED
    version = now(shop).version
    fail(shop, one.id, request=3)
    assert retry(shop, one.id).version == version


def test_less_may_go_back_but_not_more_and_in_no_other_currency(shop: Shop) -> None:
    one = accepted(shop)
    fail(shop, one.id)
    shop.orders.events.clear()
    with pytest.raises(RefundExceedsDueError):
        retry(shop, one.id, ONE_MUG.amount + 1)
    with pytest.raises(RefundExceedsDueError):
        tracking.retry_refund(shop.returns, ORDER, one.id, eur(1).__class__(1, "USD"), ORIGIN)
    retry(shop, one.id, 100)
    assert asked(shop) == [(100, 2)]


def test_what_has_gone_back_otherwise_is_settled_with_nothing(shop: Shop) -> None:
    one = accepted(shop)
    fail(shop, one.id)
    shop.orders.events.clear()
    for _ in range(2):
        retry(shop, one.id, 0)
    assert now(shop).returns[0].status is ReturnStatus.REFUNDED
    assert shop.orders.events == []
    fail(shop, one.id)
    assert not now(shop).payment.failed_refunds[0].failed


def lost(shop: Shop) -> None:
    parcel = Parcel("shp_1", ParcelStatus.LOST, "sandbox", "SBX-1", (ParcelLine("MUG", 2),), packed=True)
    reactions.record_loss(shop.reactions, ORDER, parcel, ORIGIN, refund=True)


def test_a_lost_parcel_s_refund_is_asked_for_again_too(shop: Shop) -> None:
    lost(shop)
    fail(shop, "shp_none")
    assert now(shop).payment.failed_refunds == ()
    fail(shop, "shp_1")
    shop.orders.events.clear()
    retry(shop, "shp_1")
    retry(shop, "shp_1", 0)
    assert asked(shop) == [(TOTAL.amount, 2)]
    reactions.record_refund(shop.reactions, ORDER, Refund("ref_1", TOTAL, "shp_1"), ORIGIN)
    version = now(shop).version
    fail(shop, "shp_1", request=2)
    assert now(shop).version == version


def test_of_what_has_not_failed_nothing_is_asked_for_again(shop: Shop) -> None:
    one = accepted(shop)
    fail(shop, "ret_none")
    assert now(shop).payment.failed_refunds == ()
    for reference in (one.id, "ret_none"):
        with pytest.raises(RefundNotFoundError):
            retry(shop, reference)
    with pytest.raises(OrderNotFoundError):
        tracking.retry_refund(shop.returns, "ord_none", one.id, None, ORIGIN)
