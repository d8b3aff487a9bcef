"""What the provider says when it is asked."""

from dataclasses import dataclass

from minishop.money import Money
from payments.domain.states import DisputeStatus, RefundStatus, Status


@dataclass(frozen=True)
class Verdict:
    """What the provider says of an attempt: PENDING is never said, UNKNOWN means that it did not answer.

    Attributes:
        amount: The sum that it speaks of; None where it speaks of none.
        fee: Minor units that it keeps of a capture; None when it does not say (yet).
    """

    status: Status
    provider_ref: str = ""
    decline_code: str = ""
    action_url: str = ""
    charge_ref: str = ""
    amount: Money | None = None
    fee: int | None = None


@dataclass(frozen=True)
class RefundVerdict:
    """What the provider says of a refund: REQUESTED means that it did not answer.

    Without `provider_ref` a failure is a refusal: the provider made no refund.
    """

    status: RefundStatus
    provider_ref: str = ""
    code: str = ""


@dataclass(frozen=True)
class Movement:
    """What a dispute moved on the provider's balance: `amount` is signed, `fee` is what the provider kept."""

    id: str
    amount: int
    fee: int


@dataclass(frozen=True)
class DisputeVerdict:
    """What the provider says of a dispute. `payment_id` is empty when it is about no payment of this shop."""

    id: str
    payment_id: str
    amount: Money
    reason: str
    status: DisputeStatus
    movements: tuple[Movement, ...] = ()
