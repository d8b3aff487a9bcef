"""Test payment methods: what each of them does when it is charged.

`pm_sandbox_timeout` charges, and the answer of that one request is lost: asked again with the same Idempotency-Key, the
provider says what happened. `pm_sandbox_unavailable` is an outage that passes: the first requests of a key are answered
503 and change nothing, the one after them charges.
"""

from dataclasses import dataclass
from enum import Enum, auto

OUTAGE_REQUESTS = 3


class Behaviour(Enum):
    """What a charge comes to."""

    SUCCEEDS = auto()
    DECLINES = auto()
    NEEDS_AUTHENTICATION = auto()


@dataclass(frozen=True)
class Method:
    """A test payment method.

    Attributes:
        code: Of the error, when it declines.
        decline_code: The issuer's reason, when it declines.
        answer_lost: Whether the answer to the request that charges it gets lost.
        outage: Whether it takes `OUTAGE_REQUESTS` requests before one is served.
    """

    behaviour: Behaviour
    code: str = ""
    decline_code: str = ""
    message: str = ""
    answer_lost: bool = False
    outage: bool = False


METHODS = {
    "pm_card_visa": Method(Behaviour.SUCCEEDS),
    "pm_card_chargeDeclined": Method(Behaviour.DECLINES, "card_declined", "generic_decline", "Your card was declined."),
    "pm_card_chargeDeclinedInsufficientFunds": Method(
        Behaviour.DECLINES, "card_declined", "insufficient_funds", "Your card has insufficient funds."
    ),
    "pm_card_authenticationRequired": Method(Behaviour.NEEDS_AUTHENTICATION),
    "pm_sandbox_timeout": Method(Behaviour.SUCCEEDS, answer_lost=True),
    "pm_sandbox_unavailable": Method(Behaviour.SUCCEEDS, outage=True),
}
