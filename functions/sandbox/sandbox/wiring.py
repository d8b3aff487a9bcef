"""Puts the adapters behind the ports; only the door asks for it."""

import os
from functools import lru_cache

from minishop import clock, ids
from sandbox.books import ParcelTable
from sandbox.carrier import CarrierPorts
from sandbox.idempotency import ProviderPorts
from sandbox.provider_books import IntentTable
from sandbox.webhooks import CarrierWebhooks, ProviderWebhooks


@lru_cache(maxsize=1)
def carrier_ports() -> CarrierPorts:
    """The carrier's."""
    return CarrierPorts(
        parcels=ParcelTable(),
        reports=CarrierWebhooks(os.environ["PUBLIC_URL"], os.environ["CARRIER_SECRET"]),
        clock=clock.system,
    )


@lru_cache(maxsize=1)
def provider_ports() -> ProviderPorts:
    """The payment provider's."""
    return ProviderPorts(
        books=IntentTable(),
        announcements=ProviderWebhooks(os.environ["PUBLIC_URL"], os.environ["PROVIDER_SECRET"]),
        clock=clock.system,
        ids=ids.system,
    )
