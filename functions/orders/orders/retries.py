"""The time in which a shopper may try to pay again: a message to orders' own inbox that arrives when it is over."""

import os
from datetime import datetime

from minishop import inbox
from orders.domain.order import Order
from orders.messages import RetryWindowClosed


class InboxRetryWindow:
    """Implements `orders.use_cases.ports.RetryWindow`; the length is PAYMENT_RETRY_SECONDS."""

    def open(self, order: Order, at: datetime) -> None:
        """One SendMessage. Opened twice, it closes twice, and the second time nothing happens."""
        attempt = order.payment.attempt
        inbox.send(
            os.environ["INBOX_URL"],
            RetryWindowClosed(order_id=order.id, attempt=attempt),
            aggregate_id=order.id,
            sequence=attempt,
            at=at,
            service="orders",
            delay=int(os.environ["PAYMENT_RETRY_SECONDS"]),
        )
