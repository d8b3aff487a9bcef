"""Puts the adapters behind the ports; only doors ask for it."""

import os
from functools import lru_cache

from minishop import clock
from shipping.carrier import SandboxCarrier
from shipping.clients import OrdersClient
from shipping.repository import ShipmentTable
from shipping.use_cases import Ports


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    return Ports(
        shipments=ShipmentTable(),
        orders=OrdersClient(),
        carrier=SandboxCarrier(os.environ.get("CARRIER_URL", "")),
        clock=clock.system,
        currency=os.environ["SHOP_CURRENCY"],
    )
