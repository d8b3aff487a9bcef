"""Puts the adapters behind the ports; only doors ask for it."""

import os
from functools import lru_cache

from snapshot_restore_py import register_before_snapshot

from cart.cache import connect
from cart.facts import RecentFacts
from cart.facts_table import FactsTable
from cart.repository import CartTable
from cart.use_cases.ports import Ports
from minishop import clock


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    return Ports(
        carts=CartTable(),
        facts=RecentFacts(FactsTable(), clock.system),
        cache=connect(os.environ.get("REDIS_URL", ""), clock.system),
        clock=clock.system,
        currency=os.environ["SHOP_CURRENCY"],
    )


register_before_snapshot(ports)  # redis-py takes its time to import
