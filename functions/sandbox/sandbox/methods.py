"""Test payment methods: what each of them does when it is charged.

`pm_sandbox_timeout` charges, and the answer of that one request is lost: asked again with the same Idempotency-Key, the
provider says what happened. `pm_sandbox_unavailable` is an outage that passes: the first requests of a key are answered
503 and change nothing, the one after them charges; `pm_sandbox_rateLimited` is asked for too often once, likewise.
The others differ in what comes after the charge: a dispute, or what becomes of a refund.
"""

from dataclasses import dataclass
from enum import Enum, auto

OUTAGE_REQUESTS = 3


class Behaviour(Enum):
    """What a charge comes to."""

    SUCCEEDS = auto()
    DECLINES = auto()
    NEEDS_AUTHENTICATION = auto()


class RefundBehaviour(Enum):
    """What becomes of a refund: a moment after it was answered for, or instead."""

    SUCCEEDS = auto()
    PENDING = auto()
    FAILS = auto()
    FAILS_ONCE = auto()
    REFUSED_FIRST = auto()


@dataclass(frozen=True)
class Method:
    """A test payment method.

    Attributes:
        code: Of the error, when it declines.
        decline_code: The issuer's reason, when it declines.
        answer_lost: Whether the answer to the request that charges it gets lost.
        outage: How many requests of a key it takes before one is served.
        limited: Whether they are answered 429 instead of 503.
        disputed: Whether the card holder disputes what is charged.
        refunds: What becomes of a refund.
    """

    behaviour: Behaviour
    code: str = ""
    decline_code: str = ""
    message: str = ""
    answer_lost: bool = False
    outage: int = 0
    limited: bool = False
    disputed: bool = False
    refunds: RefundBehaviour = RefundBehaviour.SUCCEEDS


METHODS = {
    "pm_card_visa": Method(Behaviour.SUCCEEDS),
    "pm_card_chargeDeclined": Method(Behaviour.DECLINES, "card_declined", "generic_decline", "Your card was declined."),
    "pm_card_chargeDeclinedInsufficientFunds": Method(
        Behaviour.DECLINES, "card_declined", "insufficient_funds", "Your card has insufficient funds."
    ),
    "pm_card_authenticationRequired": Method(Behaviour.NEEDS_AUTHENTICATION),
    "pm_sandbox_timeout": Method(Behaviour.SUCCEEDS, answer_lost=True),
    "pm_sandbox_unavailable": Method(Behaviour.SUCCEEDS, outage=OUTAGE_REQUESTS),
    "pm_sandbox_rateLimited": Method(Behaviour.SUCCEEDS, outage=1, limited=True),
    "pm_card_createDispute": Method(Behaviour.SUCCEEDS, disputed=True),
    "pm_card_pendingRefund": Method(Behaviour.SUCCEEDS, refunds=RefundBehaviour.PENDING),
    "pm_card_refundFail": Method(Behaviour.SUCCEEDS, refunds=RefundBehaviour.FAILS),
    "pm_sandbox_refundFailsOnce": Method(Behaviour.SUCCEEDS, refunds=RefundBehaviour.FAILS_ONCE),
    "pm_sandbox_refundRefused": Method(Behaviour.SUCCEEDS, refunds=RefundBehaviour.REFUSED_FIRST),
}
