"""Puts the adapters behind the ports; only doors ask for it.

Templates, providers and neighbours are loaded for the door that tells, not for the one that lists.
"""

import os
from functools import lru_cache

from minishop import clock
from notifications.domain import Channel
from notifications.repository import NotificationTable
from notifications.use_cases import Log, Ports


@lru_cache(maxsize=1)
def log() -> Log:
    """The process's log."""
    return NotificationTable()


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    from notifications.clients import CustomersClient, OrdersClient
    from notifications.mailer import Mailer
    from notifications.renderer import TemplateRenderer
    from notifications.texter import Texter

    return Ports(
        log=log(),
        customers=CustomersClient(),
        orders=OrdersClient(),
        senders={Channel.EMAIL: Mailer(os.environ["MAIL_SENDER"]), Channel.SMS: Texter()},
        renderer=TemplateRenderer(os.environ["PUBLIC_URL"]),
        clock=clock.system,
    )
