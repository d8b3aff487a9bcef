"""Stripe's objects, as verdicts."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from minishop.money import Money
from payments.domain.reconciliation import BalanceMovement
from payments.domain.states import DisputeStatus, RefundStatus, Status
from payments.domain.verdicts import DisputeVerdict, Movement, RefundVerdict, Verdict

if TYPE_CHECKING:
    import stripe

CHARGE = "latest_charge.balance_transaction"  # what is to be answered in full, not by its id

_STATUS = {
    "requires_capture": Status.AUTHORIZED,
    "succeeded": Status.CAPTURED,
    "canceled": Status.VOIDED,
    "requires_action": Status.REQUIRES_ACTION,
    "requires_payment_method": Status.DECLINED,
    "requires_confirmation": Status.DECLINED,
    "processing": Status.UNKNOWN,
}
_REFUND_STATUS = {
    "succeeded": RefundStatus.SUCCEEDED,
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
_DISPUTE_STATUS = {
    "warning_needs_response": DisputeStatus.INQUIRY,
    "warning_under_review": DisputeStatus.INQUIRY,
    "warning_closed": DisputeStatus.CLOSED,
    "prevented": DisputeStatus.CLOSED,
    "needs_response": DisputeStatus.OPEN,
    "under_review": DisputeStatus.OPEN,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}


def _decline_code(error: "stripe.PaymentIntent.LastPaymentError | None") -> str:
    return (getattr(error, "decline_code", None) or getattr(error, "code", None) or "declined") if error else "declined"


def _action_url(intent: "stripe.PaymentIntent") -> str:
    redirect = getattr(intent.next_action, "redirect_to_url", None)
    return (redirect.url or "") if redirect else ""


def verdict(intent: "stripe.PaymentIntent") -> Verdict:
    """What an intent says of the attempt that it was made for. A sum is spoken of once money is set aside."""
    status = _STATUS.get(intent.status, Status.UNKNOWN)
    match status:
        case Status.DECLINED:
            return Verdict(status, intent.id, decline_code=_decline_code(intent.last_payment_error))
        case Status.REQUIRES_ACTION:
            return Verdict(status, intent.id, action_url=_action_url(intent))
        case Status.AUTHORIZED:
            return Verdict(status, intent.id, amount=_money(intent.amount, intent.currency))
        case Status.CAPTURED:
            charge = intent.latest_charge
            transaction = getattr(charge, "balance_transaction", None)
            return Verdict(
                status,
                intent.id,
                charge_ref=str(getattr(charge, "id", charge) or ""),
                amount=_money(intent.amount_received, intent.currency),
                fee=getattr(transaction, "fee", None),
            )
    return Verdict(status, intent.id)


def _money(amount: int, currency: str) -> Money:
    return Money(amount, currency.upper())


def refund_verdict(refund: "stripe.Refund") -> RefundVerdict:
    """What a refund says of itself."""
    status = _REFUND_STATUS.get(refund.status or "", RefundStatus.REQUESTED)
    code = getattr(refund, "failure_reason", None) or "failed" if status is RefundStatus.FAILED else ""
    return RefundVerdict(status, refund.id, code)


def dispute_verdict(dispute: "stripe.Dispute") -> DisputeVerdict:
    """What a dispute, answered with its payment intent in full, says of itself."""
    metadata = getattr(dispute.payment_intent, "metadata", None) or {}
    return DisputeVerdict(
        id=dispute.id,
        payment_id=str(metadata["payment_id"]) if "payment_id" in metadata else "",
        amount=_money(dispute.amount, dispute.currency),
        reason=dispute.reason,
        status=_DISPUTE_STATUS.get(dispute.status, DisputeStatus.OPEN),
        movements=tuple(Movement(moved.id, moved.amount, moved.fee) for moved in dispute.balance_transactions),
    )


def movement(transaction: "stripe.BalanceTransaction") -> BalanceMovement:
    """What a balance transaction says moved the balance. One without a source, such as a fee by itself, is its own."""
    source = transaction.source
    return BalanceMovement(
        id=transaction.id,
        source=str(getattr(source, "id", source) or transaction.id),
        at=datetime.fromtimestamp(transaction.created, UTC),
        net=_money(transaction.net, transaction.currency),
    )
