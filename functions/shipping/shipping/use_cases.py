"""What shipping does. Each function is one command or query; what it needs is in `Ports`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from minishop.clock import Clock
from minishop.contracts.shipping import ParcelLine
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from minishop.identity import Principal, Role
from shipping import domain
from shipping.domain import Change, Shipment, ShipmentNotFoundError, Status
from shipping.rates import Rate, rates

ATTEMPTS = 5


@dataclass(frozen=True)
class Consignment:
    """What orders says of an order that is to be shipped."""

    owner: str
    lines: tuple[ParcelLine, ...]
    weight_grams: int
    country: str
    postal_code: str
    carrier: str
    service: str


class Shipments(Protocol):
    """Where shipments are kept."""

    def find(self, shipment_id: str) -> Shipment | None:
        """By id."""
        ...

    def find_owned(self, shipment_id: str, owner: str) -> Shipment | None:
        """By id, if it is this principal's."""
        ...

    def find_by_tracking_number(self, tracking_number: str) -> Shipment | None:
        """By the carrier's number."""
        ...

    def with_status(
        self, status: Status, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Shipment], dict[str, Any] | None]:
        """Oldest first, a page at a time; the second is where the next page starts."""
        ...

    def insert(self, shipment: Shipment, events: tuple[Event, ...]) -> None:
        """Raises AlreadyExistsError."""
        ...

    def replace(self, shipment: Shipment, events: tuple[Event, ...]) -> Shipment:
        """Over the version that was read; as it is stored then. Raises ConcurrentUpdateError."""
        ...

    def link(self, tracking_number: str, shipment_id: str) -> None:
        """Makes the shipment known by its tracking number. The same again changes nothing."""
        ...


class Orders(Protocol):
    """The orders service."""

    def consignment(self, order_id: str) -> Consignment:
        """What is to be shipped, and where to. Raises ServiceUnavailableError."""
        ...


class Carrier(Protocol):
    """A carrier."""

    def create_label(self, reference: str, consignment: Consignment) -> str:
        """The tracking number; the same one for the same reference. Raises CarrierUnavailableError."""
        ...


@dataclass(frozen=True)
class Ports:
    """What the use cases need."""

    shipments: Shipments
    orders: Orders
    carrier: Carrier
    clock: Clock
    currency: str


def quote_rates(ports: Ports, country: str, weight_grams: int) -> tuple[Rate, ...]:
    """What shipping a parcel costs, cheapest first."""
    return rates(country, weight_grams, ports.clock.now().date(), ports.currency)


def _move(ports: Ports, load: Callable[[], Shipment], move: Callable[[Shipment], Change]) -> Shipment:
    """Reads, moves and saves, again when somebody else saved in between."""
    for _ in range(ATTEMPTS):
        before = load()
        after, events = move(before)
        if after is before:
            return before
        try:
            return ports.shipments.replace(after, events)
        except ConcurrentUpdateError:
            continue
    raise ConcurrentUpdateError("the shipment keeps changing")


def _known(shipment: Shipment | None) -> Shipment:
    if shipment is None:
        raise ShipmentNotFoundError("There is no such shipment.")
    return shipment


def create_shipment(ports: Ports, order_id: str, *, actor: str) -> Shipment:
    """Makes the shipment of a confirmed order, and its label. Idempotent by the order's id.

    A shipment that was cancelled before it was made stays cancelled.
    """
    shipment = ports.shipments.find(domain.shipment_id(order_id))
    if shipment is not None and shipment.status is not Status.PENDING:
        return shipment
    consignment = ports.orders.consignment(order_id)
    if shipment is None:
        shipment = domain.prepare(
            order_id,
            consignment.owner,
            consignment.lines,
            carrier=consignment.carrier,
            service=consignment.service,
            at=ports.clock.now(),
            actor=actor,
        )
        try:
            ports.shipments.insert(shipment, ())
        except AlreadyExistsError:
            shipment = _known(ports.shipments.find(shipment.id))
    number = ports.carrier.create_label(shipment.id, consignment)
    ports.shipments.link(number, shipment.id)
    identity = shipment.id
    return _move(
        ports,
        lambda: _known(ports.shipments.find(identity)),
        lambda found: domain.label(found, number, at=ports.clock.now(), actor=actor),
    )


def cancel_shipment(ports: Ports, order_id: str, owner: str, *, reason: str, actor: str) -> Shipment:
    """Stops the shipment of an order, if it has not left. One that is not made yet is never made."""
    identity = domain.shipment_id(order_id)
    if ports.shipments.find(identity) is None:
        at = ports.clock.now()
        unmade = domain.prepare(order_id, owner, (), carrier="", service="", at=at, actor=actor)
        stopped, events = domain.cancel(unmade, at=at, actor=actor, reason=reason)
        try:
            ports.shipments.insert(stopped, events)
        except AlreadyExistsError:
            pass  # it was made in this very moment; it is stopped below like any other
        else:
            return stopped
    return _move(
        ports,
        lambda: _known(ports.shipments.find(identity)),
        lambda found: domain.cancel(found, at=ports.clock.now(), actor=actor, reason=reason),
    )


def dispatch_shipment(ports: Ports, shipment_id: str, *, actor: str) -> Shipment:
    """The warehouse hands the parcel over. Raises ShipmentNotFoundError, NotDispatchableError."""
    return _move(
        ports,
        lambda: _known(ports.shipments.find(shipment_id)),
        lambda found: domain.dispatch(found, at=ports.clock.now(), actor=actor),
    )


def record_report(ports: Ports, tracking_number: str, status: Status, *, key: str, actor: str) -> Shipment:
    """Takes in a carrier's report. Raises ShipmentNotFoundError for a number that is not known (yet)."""
    return _move(
        ports,
        lambda: _known(ports.shipments.find_by_tracking_number(tracking_number)),
        lambda found: domain.report(found, status, key=key, at=ports.clock.now(), actor=actor),
    )


def get_shipment(ports: Ports, shipment_id: str, principal: Principal) -> Shipment:
    """A shipment, for its owner, the warehouse and admins. Raises ShipmentNotFoundError."""
    if principal.is_any(Role.WAREHOUSE, Role.ADMIN):
        return _known(ports.shipments.find(shipment_id))
    return _known(ports.shipments.find_owned(shipment_id, principal.id))


def track(ports: Ports, tracking_number: str) -> Shipment:
    """A shipment by its tracking number. Raises ShipmentNotFoundError."""
    return _known(ports.shipments.find_by_tracking_number(tracking_number))


def list_shipments(
    ports: Ports, status: Status, limit: int, position: dict[str, Any] | None
) -> tuple[list[Shipment], dict[str, Any] | None]:
    """Shipments in one state, oldest first."""
    return ports.shipments.with_status(status, limit, position)
