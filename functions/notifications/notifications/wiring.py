"""Puts the adapters behind the ports; only doors ask for it.

Templates, providers and neighbours are loaded for the door that tells, not for the one that lists.
"""

import os
from functools import lru_cache

from minishop import clock
from notifications.domain.topics import Channel
from notifications.recipients import GuestTable, LimitsTable, WishesTable
from notifications.repository import NotificationTable
from notifications.seals import SealedLinks
from notifications.use_cases.ports import DEFAULT_LOCALE, Contact, Guests, Limits, Log, Ports, UnsubscribeLinks, Wishes


@lru_cache(maxsize=1)
def log() -> Log:
    """The process's log."""
    return NotificationTable()


@lru_cache(maxsize=1)
def wishes() -> Wishes:
    """The process's wishes."""
    return WishesTable()


@lru_cache(maxsize=1)
def limits() -> Limits:
    """The process's limits."""
    return LimitsTable()


@lru_cache(maxsize=1)
def guests() -> Guests:
    """Who is no guest any more."""
    return GuestTable()


@lru_cache(maxsize=1)
def links() -> UnsubscribeLinks:
    """What reads the tokens of links."""
    return SealedLinks()


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports. A further channel is a module with a `Sender` and a line here."""
    from notifications.again import InboxSecondLook
    from notifications.clients import CatalogClient, CustomersClient, OrdersClient
    from notifications.mailer import Mailer
    from notifications.renderer import TemplateRenderer
    from notifications.texter import Texter

    return Ports(
        log=log(),
        wishes=wishes(),
        limits=limits(),
        guests=guests(),
        second_look=InboxSecondLook(),
        customers=CustomersClient(),
        orders=OrdersClient(),
        catalog=CatalogClient(),
        senders={
            Channel.EMAIL: Mailer(os.environ["MAIL_SENDER"], os.environ["MAIL_CONFIGURATION_SET"]),
            Channel.SMS: Texter(),
        },
        renderer=TemplateRenderer(os.environ["PUBLIC_URL"]),
        links=SealedLinks(os.environ["PUBLIC_URL"]),
        clock=clock.system,
        shop=Contact(name="", email=os.environ["MAIL_SENDER"], phone="", locale=DEFAULT_LOCALE),
    )
