"""Returns: asked for by whoever bought the goods, authorized and inspected by the shop."""

from contextlib import suppress
from dataclasses import dataclass

from minishop.errors import MinishopError
from minishop.identity import Principal
from minishop.ids import derived_id
from orders.domain import return_changes
from orders.domain.order import Order
from orders.domain.progress import Origin
from orders.domain.return_changes import ReturnWish, find_return
from orders.domain.returns import InspectedLine, Resolution, Return, ReturnLine
from orders.use_cases.ports import Ports, ReturnPorts, change, known


@dataclass(frozen=True, kw_only=True)
class RequestReturn:
    """The wish to send goods of an order back."""

    order_id: str
    principal: Principal
    key: str
    fingerprint: str
    lines: tuple[ReturnLine, ...]
    origin: Origin

    @property
    def return_id(self) -> str:
        """The same for the same principal, order and key."""
        return derived_id("ret", self.principal.id, self.order_id, self.key)


def request_return(ports: ReturnPorts, command: RequestReturn) -> Return:
    """Opens a return and asks for its label, which is None while shipping does not answer: it then comes by itself.

    The same command again is answered as the first time, with the label as soon as there is one.
    Raises OrderNotFoundError, NotDeliveredError, ReturnWindowClosedError, NotReturnableError,
    IdempotencyKeyReusedError.
    """
    wish = ReturnWish(
        id=command.return_id, lines=command.lines, fingerprint=command.fingerprint, window=ports.return_window
    )
    order = change(
        ports,
        lambda: _own(ports, command),
        lambda order: return_changes.request_return(order, wish, command.origin, ports.clock.now()),
    )
    return _labelled(ports, order, command.return_id).as_requested()


def list_returns(ports: Ports, order_id: str, principal: Principal) -> tuple[Return, ...]:
    """An order's returns, for whoever may see the order. Raises OrderNotFoundError."""
    return known(ports.orders.find_for(order_id, principal)).returns


def authorize_return(ports: Ports, return_id: str, origin: Origin) -> Return:
    """Staff agree to a return. Raises ReturnNotFoundError."""
    order = change(
        ports,
        lambda: ports.orders.find_by_return(return_id),
        lambda order: return_changes.authorize_return(order, return_id, origin, ports.clock.now()),
    )
    return find_return(order, return_id)


def receive_return(ports: Ports, return_id: str, lines: tuple[InspectedLine, ...], origin: Origin) -> Return:
    """What came back, line by line, and whether it is taken back.

    Raises ReturnNotFoundError, ReturnNotAuthorizedError, AlreadyReceivedError, ReturnLostError, NotReturnableError.
    """
    order = change(
        ports,
        lambda: ports.orders.find_by_return(return_id),
        lambda order: return_changes.receive_return(order, return_id, lines, origin, ports.clock.now()),
    )
    return find_return(order, return_id)


def lose_return(ports: Ports, return_id: str, resolution: Resolution, origin: Origin) -> Return:
    """Support gives up what is lost on its way back, and says whether the money goes back.

    Raises ReturnNotFoundError, ReturnNotAuthorizedError, ReturnNotSentError, AlreadyReceivedError,
    AlreadyResolvedError.
    """
    order = change(
        ports,
        lambda: ports.orders.find_by_return(return_id),
        lambda order: return_changes.lose_return(order, return_id, resolution, origin, ports.clock.now()),
    )
    return find_return(order, return_id)


def _own(ports: Ports, command: RequestReturn) -> Order:
    """The order, if it is theirs: staff see orders, but send nothing back."""
    order = ports.orders.find_for(command.order_id, command.principal)
    return known(order if order and order.is_owned_by(command.principal) else None)


def _labelled(ports: ReturnPorts, order: Order, return_id: str) -> Return:
    """The return with its label. Shipping hears of the return by its event too, so a failure here costs nothing."""
    found = find_return(order, return_id)
    if found.label is None:
        with suppress(MinishopError):
            label = ports.labels.make(found)
            order = change(
                ports,
                lambda: known(ports.orders.find(order.id)),
                lambda read: return_changes.label_return(read, return_id, label, ports.clock.now()),
            )
    return find_return(order, return_id)
