"""The catalogue's queue door."""

from typing import Any

from catalog.domain.stock import Wanted
from catalog.use_cases import levels, stock
from catalog.wiring import ports
from minishop.consumer import Consumer
from minishop.contracts.catalog import (
    ReservationExpired,
    StockCommitted,
    StockHeld,
    StockReleased,
    StockRestocked,
    StockWrittenOff,
)
from minishop.contracts.orders import OrderCancelled, OrderConfirmed, ReturnAccepted, ReturnLost
from minishop.events import Envelope

consumer = Consumer("catalog")


@consumer.on(OrderConfirmed)
def commit(event: Envelope[OrderConfirmed]) -> None:
    """What a paid order holds is sold."""
    stock.commit_reservation(ports(), event.data.order_id)


@consumer.on(OrderCancelled)
def release(event: Envelope[OrderCancelled]) -> None:
    """What a cancelled order holds, or had bought, goes back."""
    stock.release_reservation(ports(), event.data.order_id, event.metadata.correlation_id, restock=True)


@consumer.on(ReturnAccepted)
def restock(event: Envelope[ReturnAccepted]) -> None:
    """What came back, and was accepted, can be bought again."""
    lines = [Wanted(line.sku, line.quantity) for line in event.data.lines]
    levels.restock_return(ports(), event.data.return_id, event.data.order_id, lines)


@consumer.on(ReturnLost)
def write_off(event: Envelope[ReturnLost]) -> None:
    """What was lost on its way back, and is paid for all the same, is written off; else it stays sold."""
    data = event.data
    if data.resolution == "refund":
        lines = [Wanted(line.sku, line.quantity) for line in data.lines]
        levels.write_off(ports(), data.shipment_id, data.order_id, lines, replace=False)


def record(event: Envelope[Any]) -> None:
    """The catalogue's own news become lines of the ledger."""
    levels.record_movements(ports(), event.data, event.metadata)


for news in (StockHeld, StockCommitted, StockReleased, ReservationExpired, StockRestocked, StockWrittenOff):
    consumer.on(news)(record)

handler = consumer.handler
