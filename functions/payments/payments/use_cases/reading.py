"""Shows payments and the ledger to those who may see them."""

from collections.abc import Sequence
from datetime import datetime

from minishop.identity import Principal, Role
from payments.domain.ledger import Posting
from payments.domain.moves import payment_id
from payments.domain.payment import Payment
from payments.use_cases.ports import Payments, Ports, Position


def list_payments(ports: Ports, order_id: str, principal: Principal) -> list[Payment]:
    """The payments of an order, for its owner, support and admins; nobody else sees that there are any."""
    payment = ports.payments.find(payment_id(order_id))
    if payment is None:
        return []
    seen = principal.is_any(Role.SUPPORT, Role.ADMIN) or ports.payments.owner_of(payment) == principal.id
    return [payment] if seen else []


def export_payments(payments: Payments, owner: str, order_ids: Sequence[str]) -> list[Payment]:
    """The payments of these orders, in their order: those that are the owner's, and of nobody else."""
    return payments.owned_by(owner, [payment_id(order_id) for order_id in order_ids])


def list_postings(
    ports: Ports, start: datetime, end: datetime, limit: int, position: Position | None
) -> tuple[list[Posting], Position | None]:
    """A page of the ledger's postings of [start, end), oldest first."""
    return ports.ledger.postings(start, end, limit, position)
