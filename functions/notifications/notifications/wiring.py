"""Puts the adapters behind the ports; only doors ask for it."""

import os
from functools import lru_cache

from minishop import clock
from notifications.clients import CustomersClient, OrdersClient
from notifications.domain import Channel
from notifications.mailer import Mailer
from notifications.renderer import TemplateRenderer
from notifications.repository import NotificationTable
from notifications.texter import Texter
from notifications.use_cases import Ports


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    return Ports(
        log=NotificationTable(),
        customers=CustomersClient(),
        orders=OrdersClient(),
        senders={Channel.EMAIL: Mailer(os.environ["MAIL_SENDER"]), Channel.SMS: Texter()},
        renderer=TemplateRenderer(os.environ["PUBLIC_URL"]),
        clock=clock.system,
    )
