"""When the schedule looks after a payment that has something left to do."""

from dataclasses import replace
from datetime import datetime, timedelta

from payments.domain.payment import Payment
from payments.domain.states import OPEN, Status

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=5)
DISPUTE_WAIT = timedelta(days=1)
FEE_TRIES = 8  # after which the day's reconciliation is left to find the fee missing
_MOST_DOUBLINGS = 10


def backoff(tries: int, *, first: timedelta = FIRST_WAIT, longest: timedelta = LONGEST_WAIT) -> timedelta:
    """How long to wait after `tries` fruitless tries: twice as long each time, up to `longest`."""
    return min(first * (1 << min(tries, _MOST_DOUBLINGS)), longest)


def awaits_fee(payment: Payment) -> bool:
    """Whether the provider has yet to say what it keeps of the capture."""
    return payment.current.status is Status.CAPTURED and payment.fee is None


def scheduled(payment: Payment, at: datetime, *, waiting: bool = False) -> Payment:
    """The payment with the moment at which the schedule looks after it.

    What somebody is at work on gets the longest wait: by then they have finished, or died.
    """
    moments = [refund.not_before or at + LONGEST_WAIT for refund in payment.open_refunds]
    if payment.current.status in OPEN or (awaits_fee(payment) and payment.tries < FEE_TRIES):
        moments.append(at + (backoff(payment.tries) if waiting else LONGEST_WAIT))
    if payment.cancelled and payment.refundable:
        moments.append(at + LONGEST_WAIT)
    if payment.open_disputes:
        moments.append(at + DISPUTE_WAIT)
    return replace(payment, tries=payment.tries + 1 if waiting else 0, due_at=min(moments, default=None))
