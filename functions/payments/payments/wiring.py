"""Puts the adapters behind the ports; only doors ask for it."""

import os
from datetime import timedelta
from functools import lru_cache

from minishop import clock
from payments.attention import LoggedAttention
from payments.provider import StripeProvider
from payments.records import LedgerTable, ReconciliationTable, ReportTable
from payments.repository import PaymentTable
from payments.use_cases.ports import Payments, Ports


@lru_cache(maxsize=1)
def payments() -> Payments:
    """Where the process's payments are kept."""
    return PaymentTable()


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    return Ports(
        payments=payments(),
        ledger=LedgerTable(),
        reports=ReportTable(),
        reconciliations=ReconciliationTable(),
        provider=StripeProvider(),
        attention=LoggedAttention(),
        clock=clock.system,
        patience=timedelta(seconds=int(os.environ["REFUND_RETRY_SECONDS"])),
    )
