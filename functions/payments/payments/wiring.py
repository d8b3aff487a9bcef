"""Puts the adapters behind the ports; only doors ask for it."""

from functools import lru_cache

from minishop import clock
from payments.provider import StripeProvider
from payments.repository import PaymentTable
from payments.use_cases import Ports


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    return Ports(payments=PaymentTable(), provider=StripeProvider(), clock=clock.system)
