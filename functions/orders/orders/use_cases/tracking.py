"""What shoppers and support do with an order that stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from minishop.errors import IdempotencyKeyReusedError
from minishop.exports import collect
from minishop.identity import Principal, Role
from minishop.ids import derived_id
from minishop.money import Money
from orders.domain import changes, failed_refunds
from orders.domain.moves import Change
from orders.domain.order import Order
from orders.domain.progress import Cancellation, CancelReason, Origin, Status
from orders.use_cases.ports import Ports, Position, change, invoiced, known


@dataclass(frozen=True, kw_only=True)
class CancelOrder:
    """The wish to cancel an order. `remark` is what the one who asks says about it."""

    order_id: str
    principal: Principal
    key: str
    fingerprint: str
    remark: str
    origin: Origin

    @property
    def request_id(self) -> str:
        """The same for the same principal, order and key."""
        return derived_id("cancel", self.principal.id, self.order_id, self.key)


@dataclass(frozen=True, kw_only=True)
class PayAgain:
    """The wish to try another way to pay. `payment_method` is the provider's token."""

    order_id: str
    principal: Principal
    key: str
    fingerprint: str
    payment_method: str
    origin: Origin

    @property
    def request_id(self) -> str:
        """The same for the same principal, order and key."""
        return derived_id("retry", self.principal.id, self.order_id, self.key)


EXPORT_PAGE = 100
RECENT = timedelta(days=30)


@dataclass(frozen=True)
class Span:
    """Orders of one status, or of any, placed from `since` and before `until`."""

    status: Status | None
    since: datetime
    until: datetime


def get_order(ports: Ports, order_id: str, principal: Principal) -> Order:
    """An order, for whoever may see it. Raises OrderNotFoundError."""
    return known(ports.orders.find_for(order_id, principal))


def get_invoiced_order(ports: Ports, order_id: str, principal: Principal) -> Order:
    """An order that has its invoice. Raises OrderNotFoundError, NotInvoicedError."""
    return invoiced(get_order(ports, order_id, principal))


def get_any_order(ports: Ports, order_id: str) -> Order:
    """An order, for another service. Raises OrderNotFoundError."""
    return known(ports.orders.find(order_id))


def list_orders(ports: Ports, owner: str, limit: int, position: Position | None) -> tuple[list[Order], Position | None]:
    """One's own orders, latest first."""
    return ports.orders.owned_by(owner, limit, position)


def export_orders(ports: Ports, owner: str) -> tuple[list[Order], bool]:
    """Somebody's orders, latest first, as many as an export has room for; whether those are all."""
    return collect(lambda position: ports.orders.owned_by(owner, EXPORT_PAGE, position))


def recent(ports: Ports, status: Status | None, since: datetime | None, until: datetime | None) -> Span:
    """What is not said of a span: until now, and for 30 days. Equal for all pages of a list only where it is said."""
    last = until or ports.clock.now()
    return Span(status, since or last - RECENT, last)


def list_all_orders(
    ports: Ports, span: Span, limit: int, position: Position | None
) -> tuple[list[Order], Position | None]:
    """Everybody's orders, latest first. A page may have fewer than `limit`, or none, and yet a next one."""
    return ports.orders.placed_in(span.status, span.since, span.until, limit, position)


def pay_again(ports: Ports, command: PayAgain) -> Order:
    """Another attempt to pay after a decline; the same command gets the first answer again.

    Raises OrderNotFoundError, NotPayableError, IdempotencyKeyReusedError.
    """
    request = command.request_id, command.fingerprint

    def load() -> Order:
        order = get_order(ports, command.order_id, command.principal)
        return known(order if order.is_owned_by(command.principal) else None)

    order = change(
        ports,
        load,
        lambda order: changes.pay_again(order, request, command.payment_method, command.origin, ports.clock.now()),
    )
    return order.as_retried(command.request_id)


def retry_refund(ports: Ports, order_id: str, reference: str, amount: Money | None, origin: Origin) -> Order:
    """Support asks once more for what could not go back.

    Raises OrderNotFoundError, RefundNotFoundError, RefundExceedsDueError.
    """
    return change(
        ports,
        lambda: get_any_order(ports, order_id),
        lambda order: failed_refunds.ask_again(order, reference, amount, origin, ports.clock.now()),
    )


def cancel_order(ports: Ports, command: CancelOrder) -> Order:
    """Cancels an order, or asks shipping whether it still can be; the same command gets the first answer again.

    Raises OrderNotFoundError, AlreadyDispatchedError, IdempotencyKeyReusedError.
    """
    by_staff = command.principal.is_any(Role.SUPPORT, Role.ADMIN)

    def decide(order: Order) -> Change:
        cancellation = Cancellation(
            CancelReason.SUPPORT if by_staff and not order.is_owned_by(command.principal) else CancelReason.CUSTOMER,
            was_confirmed=False,
            remark=command.remark,
            request_id=command.request_id,
            fingerprint=command.fingerprint,
        )
        return changes.cancel(order, cancellation, command.origin, ports.clock.now())

    order = change(ports, lambda: get_order(ports, command.order_id, command.principal), decide)
    done = order.cancellation
    if done is None or done.request_id != command.request_id or done.answer is None:
        return order
    if done.fingerprint != command.fingerprint:
        raise IdempotencyKeyReusedError("This Idempotency-Key stands for another request; send a fresh one.")
    return order.at(done.answer)
