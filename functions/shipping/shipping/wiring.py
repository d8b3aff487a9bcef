"""Puts the adapters behind the ports; only doors ask for it."""

import json
import os
from functools import lru_cache

from minishop import clock
from shipping.carriers import CARRIERS
from shipping.clients import CatalogClient, OrdersClient
from shipping.reminders import InboxReminders
from shipping.repository import ShipmentTable
from shipping.use_cases.ports import Destination, Ports


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    home = json.loads(os.environ["SHOP_ADDRESS"])
    return Ports(
        shipments=ShipmentTable(),
        orders=OrdersClient(),
        stock=CatalogClient(),
        reminders=InboxReminders(),
        carriers={name: make() for name, make in CARRIERS.items()},
        home=Destination(home["country"], home["postal_code"]),
        clock=clock.system,
        currency=os.environ["SHOP_CURRENCY"],
    )
