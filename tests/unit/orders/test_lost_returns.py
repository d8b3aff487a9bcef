"""Goods that are lost on their way back to the shop, against fakes."""

from dataclasses import replace

import pytest

from minishop.contracts.orders import OrderedLine, RefundRequested, ReturnLost
from orders.domain.errors import (
    AlreadyReceivedError,
    AlreadyResolvedError,
    NotReturnableError,
    ReturnLostError,
    ReturnNotAuthorizedError,
    ReturnNotFoundError,
    ReturnNotSentError,
)
from orders.domain.progress import Parcel, ParcelLine, ParcelStatus
from orders.domain.returns import Resolution, Return, ReturnStatus
from orders.use_cases import reactions, returns
from tests.unit.orders.fakes import ADA, ORIGIN, Shop, eur
from tests.unit.orders.test_returns import (
    ONE_MUG,
    ORDER,
    TWO_MUGS,
    accepted,
    ask,
    authorize,
    free_of_charge,
    now,
    pay_back,
    receive,
    shop,
)

__all__ = ["shop"]  # the fixture
REFUND, REFUSE = Resolution.REFUND, Resolution.REFUSE


def lose(shop: Shop, return_id: str, resolution: Resolution = REFUND) -> Return:
    return returns.lose_return(shop.returns, return_id, resolution, ORIGIN)


def authorized(shop: Shop, quantity: int = 1, key: str = "r") -> Return:
    return authorize(shop, ask(shop, quantity, key).id)


def test_what_is_lost_is_paid_for_and_told_once(shop: Shop) -> None:
    one = authorized(shop)
    reactions.record_return_sent(shop.reactions, ORDER, one.id, ORIGIN)
    shop.orders.events.clear()
    lost = lose(shop, one.id)
    assert (lost.status, lost.refund, lost.resolution) == (ReturnStatus.LOST, ONE_MUG, REFUND)
    assert lose(shop, one.id) == lost
    assert shop.orders.events == [
        ReturnLost(
            order_id=ORDER,
            return_id=one.id,
            owner=ADA,
            number=now(shop).number,
            lines=(OrderedLine(sku="MUG", quantity=1),),
            shipment_id="shp_back",
            resolution="refund",
            refund=ONE_MUG,
        ),
        RefundRequested(order_id=ORDER, owner=ADA, reference=one.id, amount=ONE_MUG, reason="return"),
    ]
    pay_back(shop, lost)
    (done,) = now(shop).returns
    assert (done.status, done.resolution) == (ReturnStatus.REFUNDED, REFUND)
    assert lose(shop, one.id) == done
    kinds = [entry.kind for entry in now(shop).timeline if entry.detail == one.id]
    assert kinds[-2:] == ["return_lost", "return_refunded"]


def test_what_is_not_paid_for_stays_lost_and_sold(shop: Shop) -> None:
    one = authorized(shop, 2)
    lost = lose(shop, one.id, REFUSE)
    assert (lost.status, lost.refund, lost.resolution) == (ReturnStatus.LOST, None, REFUSE)
    told = shop.orders.events[-1]
    assert isinstance(told, ReturnLost)
    assert (told.resolution, told.refund) == ("refuse", eur(0))
    with pytest.raises(NotReturnableError):
        ask(shop, 1, "again")


def test_it_is_decided_once(shop: Shop) -> None:
    one = authorized(shop)
    lose(shop, one.id, REFUSE)
    with pytest.raises(AlreadyResolvedError):
        lose(shop, one.id, REFUND)
    assert shop.told.count("RefundRequested") == 0


def test_what_was_agreed_to_and_travels_can_be_lost_and_nothing_else(shop: Shop) -> None:
    shop.labels.down = True
    one = ask(shop)
    with pytest.raises(ReturnNotAuthorizedError):
        lose(shop, one.id)
    authorize(shop, one.id)
    with pytest.raises(ReturnNotSentError):
        lose(shop, one.id)
    with pytest.raises(ReturnNotFoundError):
        lose(shop, "ret_never")


@pytest.mark.parametrize("resolution", list(Resolution))
def test_what_has_arrived_is_not_lost_and_what_is_lost_does_not_arrive(shop: Shop, resolution: Resolution) -> None:
    arrived, lost = accepted(shop, key="a"), authorized(shop, key="b")
    with pytest.raises(AlreadyReceivedError):
        lose(shop, arrived.id, resolution)
    lose(shop, lost.id, resolution)
    with pytest.raises(ReturnLostError):
        receive(shop, lost.id, (1, True))
    assert authorize(shop, lost.id).status is ReturnStatus.LOST
    reactions.record_return_sent(shop.reactions, ORDER, lost.id, ORIGIN)
    assert now(shop).returns[-1].status is ReturnStatus.LOST


def test_a_lost_return_and_an_accepted_one_are_worth_the_line_together(shop: Shop) -> None:
    lost = lose(shop, authorized(shop, 1, "a").id)
    taken = accepted(shop, 1, "b")
    assert lost.refund
    assert taken.refund
    assert lost.refund + taken.refund == TWO_MUGS


def test_what_cost_nothing_is_settled_at_once(shop: Shop) -> None:
    free_of_charge(shop)
    lost = lose(shop, authorized(shop).id)
    assert (lost.status, lost.refund) == (ReturnStatus.REFUNDED, eur(0))
    assert shop.told[-1] == "ReturnLost"


def test_an_undelivered_parcel_that_never_reaches_the_shop_is_lost_like_a_return(shop: Shop) -> None:
    back = Parcel("shp_1", ParcelStatus.RETURNED, "sandbox", "SBX-1", (ParcelLine("MUG", 2),), packed=True)
    reactions.record_parcel_returned(shop.reactions, ORDER, back, ORIGIN)
    lost = lose(shop, now(shop).returns[0].id)
    assert (lost.status, lost.refund) == (ReturnStatus.LOST, TWO_MUGS)
    told = shop.orders.events[-2]
    assert isinstance(told, ReturnLost)
    assert told.shipment_id == "shp_1"


def test_units_that_were_lost_and_paid_for_count_when_the_others_come_back(shop: Shop) -> None:
    order = now(shop)
    line = replace(order.lines[0], tax=eur(order.lines[0].tax.amount + 1))  # two units of 15.59 and a cent
    shop.orders.stored[ORDER] = replace(order, lines=(line,))
    first = lose(shop, authorized(shop, key="a").id)
    second = accepted(shop, key="b")
    assert (first.refund, second.refund) == (eur(ONE_MUG.amount + 1), ONE_MUG)
