"""Refunds: what is left of a charge goes back, and what the payment method says becomes of it."""

from dataclasses import replace

from sandbox.intents import Intent, IntentStatus, Refund, moved
from sandbox.methods import METHODS, RefundBehaviour
from sandbox.wire import invalid

FAILURE = "expired_or_canceled_card"


def refund(
    intent: Intent, amount: int | None, *, refund_id: str, reason: str, metadata: dict[str, str], at: int
) -> Intent:
    """Gives `amount` back, or all that is left. Raises ProviderError when that is more than is left."""
    charge = intent.latest_charge
    if intent.status is not IntentStatus.SUCCEEDED or charge is None:
        raise invalid(f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.")
    if any(dispute.status != "won" for dispute in intent.disputes):
        raise invalid(f"Charge {charge.id} has been charged back; cannot issue a refund.", code="charge_disputed")
    left = intent.received - intent.refunded
    if left == 0:
        raise invalid(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    wanted = left if amount is None else amount
    if wanted > left:
        message = f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({left})"
        raise invalid(message, param="amount")
    made = Refund(refund_id, charge.id, wanted, at, reason, metadata, _status_of(intent))
    given = replace(intent, refunds=(*intent.refunds, made))
    return moved(given, "refund", refund_id, -wanted, at=at)


def _status_of(intent: Intent) -> str:
    return "pending" if METHODS[intent.payment_method].refunds is RefundBehaviour.PENDING else "succeeded"


def outcome(intent: Intent, *, at: int) -> Intent:
    """What becomes of the last refund a moment after it was answered for."""
    made = intent.refunds[-1]
    match METHODS[intent.payment_method].refunds:
        case RefundBehaviour.PENDING:
            return _with_last(intent, replace(made, status="succeeded"))
        case RefundBehaviour.FAILS:
            return _failed(intent, made, at)
        case RefundBehaviour.FAILS_ONCE if len(intent.refunds) == 1:
            return _failed(intent, made, at)
    return intent


def _failed(intent: Intent, made: Refund, at: int) -> Intent:
    """The card holder's bank sends the money back."""
    failed = _with_last(intent, replace(made, status="failed", failure=FAILURE))
    return moved(failed, "refund_failure", made.id, made.amount, at=at)


def _with_last(intent: Intent, made: Refund) -> Intent:
    return replace(intent, refunds=(*intent.refunds[:-1], made))
