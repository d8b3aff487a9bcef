"""Disputes: the money is taken back when one begins, and returned when it is won. The fee is not."""

from dataclasses import replace

from sandbox.intents import Dispute, Intent, IntentStatus, moved, unexpected_state
from sandbox.wire import invalid

FEE = 2000
VERDICTS = {"winning_evidence": "won", "losing_evidence": "lost"}


def begin(intent: Intent, *, dispute_id: str, at: int) -> Intent:
    """The card holder says that they did not buy this. Raises ProviderError when there is nothing to dispute."""
    charge = intent.latest_charge
    if intent.status is not IntentStatus.SUCCEEDED or charge is None:
        raise unexpected_state(intent, "dispute")
    if intent.disputes:
        raise invalid(f"Charge {charge.id} is disputed already.", code="charge_disputed")
    left = intent.received - intent.refunded
    if left == 0:
        raise invalid(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    disputed = replace(intent, disputes=(Dispute(dispute_id, charge.id, left, at),))
    return moved(disputed, "adjustment", dispute_id, -left, at=at, fee=FEE)


def answer(intent: Intent, evidence: dict[str, str], metadata: dict[str, str], *, submit: bool, at: int) -> Intent:
    """The shop says something to it, and the bank decides when it is one of the texts that it decides by."""
    dispute = _open(intent)
    said = {**dispute.evidence, **evidence}
    told = replace(dispute, evidence=said, metadata={**dispute.metadata, **metadata})
    if not submit:
        return replace(intent, disputes=(told,))
    return _decided(intent, told, VERDICTS.get(said.get("uncategorized_text", ""), "under_review"), at)


def give_in(intent: Intent, *, at: int) -> Intent:
    """The shop accepts that the money is gone."""
    return _decided(intent, _open(intent), "lost", at)


def _open(intent: Intent) -> Dispute:
    dispute = intent.disputes[-1]
    if dispute.decided:
        raise invalid("This dispute is already closed", code="dispute_closed")
    return dispute


def _decided(intent: Intent, dispute: Dispute, status: str, at: int) -> Intent:
    decided = replace(intent, disputes=(replace(dispute, status=status),))
    if status != "won":
        return decided
    return moved(decided, "adjustment", dispute.id, dispute.amount, at=at)
