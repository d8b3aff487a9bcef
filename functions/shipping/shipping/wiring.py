"""Puts the adapters behind the ports; only doors ask for it."""

import os
from functools import lru_cache

import msgspec

from minishop import clock
from minishop.guests import GuestTable
from shipping.carriers import CARRIERS
from shipping.clients import CatalogClient, OrdersClient
from shipping.domain.label import Address
from shipping.reminders import InboxReminders
from shipping.repository import GuestItem, ShipmentTable
from shipping.use_cases.ports import Ports


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    return Ports(
        shipments=ShipmentTable(),
        guests=GuestTable(GuestItem),
        orders=OrdersClient(),
        stock=CatalogClient(),
        reminders=InboxReminders(),
        carriers={name: make() for name, make in CARRIERS.items()},
        home=msgspec.json.decode(os.environ["SHOP_ADDRESS"], type=Address),
        clock=clock.system,
        currency=os.environ["SHOP_CURRENCY"],
    )
