"""The catalogue's queue door."""

from catalog.use_cases import stock
from catalog.wiring import ports
from minishop.consumer import Consumer
from minishop.contracts.orders import OrderCancelled, OrderConfirmed
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


handler = consumer.handler
