"""Disputes: the card holder's bank takes the money back, until it is decided whose it is.

    inquiry → closed
    inquiry → open → won | lost

What a dispute moved is posted movement by movement, each once by the provider's id for it.
"""

from dataclasses import replace
from datetime import datetime

from minishop.contracts.payments import PaymentDisputed
from minishop.events import Event
from minishop.money import Money
from payments.domain.ledger import Posting, PostingKind, post
from payments.domain.payment import Change, Dispute, Payment
from payments.domain.states import DisputeStatus
from payments.domain.verdicts import DisputeVerdict, Movement
from payments.domain.waits import scheduled

TOLD = frozenset({DisputeStatus.OPEN, DisputeStatus.WON, DisputeStatus.LOST})


def conclude_dispute(payment: Payment, verdict: DisputeVerdict, *, at: datetime) -> Change:
    """Takes in what the provider says of a dispute. The same again changes nothing but when it is looked after."""
    known = payment.dispute_of(verdict.id)
    before = known or Dispute(verdict.id, verdict.amount, verdict.reason, DisputeStatus.INQUIRY, at)
    fresh = tuple(movement for movement in verdict.movements if movement.id not in before.movements)
    after = replace(
        before,
        amount=verdict.amount,
        reason=verdict.reason,
        status=verdict.status,
        movements=(*before.movements, *(movement.id for movement in fresh)),
    )
    others = tuple(dispute for dispute in payment.disputes if dispute.id != verdict.id)
    disputed = replace(payment, disputes=(*others, after), updated_at=at)
    events: tuple[Event, ...] = ()
    if verdict.status in TOLD and before.status is not verdict.status:
        events = (
            PaymentDisputed(
                payment_id=payment.id,
                order_id=payment.order_id,
                dispute_id=verdict.id,
                amount=verdict.amount,
                reason=verdict.reason,
                status=verdict.status.value,
            ),
        )
    postings = tuple(_posted(payment, verdict, movement, at) for movement in fresh)
    return Change(scheduled(disputed, at), events, postings)


def _posted(payment: Payment, verdict: DisputeVerdict, movement: Movement, at: datetime) -> Posting:
    kind = PostingKind.DISPUTE if movement.amount < 0 else PostingKind.DISPUTE_REVERSAL
    amount = Money(abs(movement.amount), verdict.amount.currency)
    return post(kind, payment.order_id, amount, cause=movement.id, at=at, source=verdict.id, fee=movement.fee)
