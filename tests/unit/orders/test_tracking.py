"""Seeing and cancelling orders, against fakes."""

from dataclasses import replace
from typing import Any

import pytest

from minishop.contracts.orders import OrderCancelled, OrderCancelRequested
from minishop.errors import IdempotencyKeyReusedError
from minishop.identity import Principal, Role
from orders.domain.errors import AlreadyDispatchedError, NotInvoicedError, OrderNotFoundError
from orders.domain.order import Order
from orders.domain.progress import Parcel, ParcelStatus, Status
from orders.use_cases import reactions, tracking
from orders.use_cases.checkout import place_order
from tests.helpers import customer, guest, staff
from tests.unit.orders.fakes import ADA, ORIGIN, Shop, eur, wish

ORDER = wish().order_id


@pytest.fixture
def shop() -> Shop:
    """With Ada's order placed."""
    shop = Shop()
    place_order(shop.checkout, wish())
    shop.orders.events.clear()
    return shop


def confirm(shop: Shop) -> None:
    reactions.record_capture(shop.reactions, ORDER, eur(3706), ORIGIN)


def parcel(shop: Shop, status: ParcelStatus) -> None:
    reactions.record_parcel(shop.reactions, ORDER, Parcel("shp_1", status, "sandbox", "SBX-1"), ORIGIN)


def cancel(shop: Shop, principal: Principal | None = None, **changes: Any) -> Order:
    values: dict[str, Any] = {"key": "c", "fingerprint": "f", "remark": "too late"}
    command = tracking.CancelOrder(
        order_id=ORDER, principal=principal or customer(ADA), origin=ORIGIN, **(values | changes)
    )
    return tracking.cancel_order(shop.checkout, command)


@pytest.mark.parametrize(
    ("principal", "sees"),
    [
        (customer(ADA), True),
        (customer("cus_new", guest=ADA), True),
        (staff(Role.SUPPORT), True),
        (staff(Role.ADMIN), True),
        (staff(Role.WAREHOUSE), False),
        (customer("cus_eve"), False),
        (guest(), False),
    ],
)
def test_an_order_is_there_for_those_who_may_see_it(shop: Shop, principal: Principal, sees: bool) -> None:
    if sees:
        assert tracking.get_order(shop.checkout, ORDER, principal).id == ORDER
    else:
        with pytest.raises(OrderNotFoundError):
            tracking.get_order(shop.checkout, ORDER, principal)
        with pytest.raises(OrderNotFoundError):
            cancel(shop, principal)
        assert shop.orders.stored[ORDER].status is Status.PLACED


def test_other_services_see_any_order_that_exists(shop: Shop) -> None:
    assert tracking.get_any_order(shop.checkout, ORDER).id == ORDER
    with pytest.raises(OrderNotFoundError):
        tracking.get_any_order(shop.checkout, "ord_never")


def test_one_s_own_orders_are_listed(shop: Shop) -> None:
    shop.orders.stored["ord_else"] = replace(shop.orders.stored[ORDER], id="ord_else", owner="cus_eve")
    orders, position = tracking.list_orders(shop.checkout, ADA, 20, None)
    assert ([order.id for order in orders], position) == ([ORDER], None)


def test_an_export_goes_through_all_pages(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = shop.orders.stored[ORDER]
    shop.orders.stored |= {f"ord_{number}": replace(order, id=f"ord_{number}") for number in range(6)}
    mine = {each.id for each in shop.orders.stored.values() if each.owner == ADA}
    monkeypatch.setattr(tracking, "EXPORT_PAGE", 2)
    exported, complete = tracking.export_orders(shop.checkout, ADA)
    assert ({each.id for each in exported}, len(exported), complete) == (mine, len(mine), True)


def test_a_placed_order_is_cancelled_at_once(shop: Shop) -> None:
    answer = cancel(shop)
    assert (answer.status, answer.version) == (Status.CANCELLED, 2)
    (told,) = shop.orders.events
    assert isinstance(told, OrderCancelled)
    assert (told.reason, told.was_confirmed) == ("customer", False)
    assert shop.orders.stored[ORDER].timeline[-1].detail == "too late"


def test_a_confirmed_order_is_cancelled_by_way_of_shipping(shop: Shop) -> None:
    confirm(shop)
    assert cancel(shop, staff(Role.SUPPORT)).status is Status.CANCEL_REQUESTED
    told = shop.orders.events[-1]
    assert isinstance(told, OrderCancelRequested)
    assert told.reason == "support"


def test_staff_who_cancel_their_own_order_are_its_customer(shop: Shop) -> None:
    cancel(shop, staff(Role.ADMIN, identity=ADA))
    (told,) = shop.orders.events
    assert isinstance(told, OrderCancelled)
    assert told.reason == "customer"


def test_the_same_key_gets_the_first_answer_whatever_happened_since(shop: Shop) -> None:
    confirm(shop)
    first = cancel(shop)
    parcel(shop, ParcelStatus.IN_TRANSIT)
    assert shop.orders.stored[ORDER].status is Status.SHIPPED
    again = cancel(shop)
    assert (again.status, again.version, again.updated_at) == (first.status, first.version, first.updated_at)
    assert again.parcels == ()


def test_the_same_key_with_another_reason_is_refused(shop: Shop) -> None:
    cancel(shop)
    with pytest.raises(IdempotencyKeyReusedError):
        cancel(shop, fingerprint="other")


def test_cancelling_what_is_cancelled_is_a_success_that_does_nothing(shop: Shop) -> None:
    cancel(shop)
    assert cancel(shop, key="another").status is Status.CANCELLED
    assert cancel(shop, staff(Role.SUPPORT)).version == 2
    assert shop.told == ["OrderCancelled"]


def test_cancelling_what_the_shop_cancelled_itself_does_nothing(shop: Shop) -> None:
    reactions.expire_hold(shop.reactions, ORDER, ORIGIN)
    assert cancel(shop).status is Status.CANCELLED
    assert shop.told == ["OrderCancelled"]


@pytest.mark.parametrize("status", [ParcelStatus.IN_TRANSIT, ParcelStatus.DELIVERED])
def test_what_has_left_cannot_be_cancelled(shop: Shop, status: ParcelStatus) -> None:
    confirm(shop)
    parcel(shop, status)
    with pytest.raises(AlreadyDispatchedError):
        cancel(shop)


def test_a_capture_that_is_quicker_turns_the_cancellation_into_a_request(shop: Shop) -> None:
    shop.orders.rival = lambda: confirm(shop)
    assert cancel(shop).status is Status.CANCEL_REQUESTED
    assert shop.told == ["OrderConfirmed", "OrderCancelRequested"]


def test_an_order_has_its_invoice_once_it_is_confirmed(shop: Shop) -> None:
    with pytest.raises(NotInvoicedError):
        tracking.get_invoiced_order(shop.checkout, ORDER, customer(ADA))
    confirm(shop)
    assert tracking.get_invoiced_order(shop.checkout, ORDER, customer(ADA)).invoice_name == "INV-000001"
    with pytest.raises(OrderNotFoundError):
        tracking.get_invoiced_order(shop.checkout, ORDER, customer("cus_eve"))
