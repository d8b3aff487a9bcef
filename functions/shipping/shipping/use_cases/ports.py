"""What shipping's use cases need, and the loop by which they change a shipment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from minishop.clock import Clock
from minishop.errors import ConcurrentUpdateError
from minishop.identity import Principal, Successor
from shipping.domain.errors import CarrierNotFoundError, ShipmentNotFoundError
from shipping.domain.label import Address, Destination
from shipping.domain.shipment import Change, Line, Shipment, Status

ATTEMPTS = 5
Position = dict[str, Any]


@dataclass(frozen=True)
class Consignment:
    """What orders says of an order that is to be shipped."""

    owner: str
    lines: tuple[Line, ...]
    address: Address
    carrier: str
    service: str


@dataclass(frozen=True)
class Parcel:
    """What a carrier is told of a parcel. `reference` is the shop's own name for it."""

    reference: str
    service: str
    destination: Destination
    weight_grams: int


@dataclass(frozen=True)
class Span:
    """Shipments in one state, made from `since` and before `until`, as far as either is said."""

    status: Status
    since: datetime | None = None
    until: datetime | None = None


class Shipments(Protocol):
    """Where shipments are kept."""

    def find(self, shipment_id: str) -> Shipment | None:
        """By id."""
        ...

    def find_for(self, shipment_id: str, principal: Principal) -> Shipment | None:
        """By id, if it is this principal's, or the guest's that it was."""
        ...

    def find_by_tracking_number(self, tracking_number: str) -> Shipment | None:
        """By the carrier's number."""
        ...

    def owned_by(self, owner: str, position: Position | None) -> tuple[list[str], Position | None]:
        """The ids of a principal's shipments, a page at a time; the second is where the next page starts."""
        ...

    def latest_of(self, owner: str, position: Position | None) -> tuple[list[Shipment], Position | None]:
        """A principal's shipments, latest first, a page at a time; the second is where the next page starts."""
        ...

    def made_in(self, span: Span, limit: int, position: Position | None) -> tuple[list[Shipment], Position | None]:
        """Oldest first, a page at a time; the second is where the next page starts."""
        ...

    def insert(self, change: Change) -> None:
        """A shipment that is new. Raises AlreadyExistsError."""
        ...

    def replace(self, change: Change) -> Shipment:
        """Over the version that was read, with its offspring or not at all; as it is stored then.

        Raises ConcurrentUpdateError.
        """
        ...

    def link(self, tracking_number: str, shipment_id: str) -> None:
        """Makes the shipment known by its tracking number. The same again changes nothing.

        Raises ConcurrentUpdateError when the number is another shipment's.
        """
        ...


class Guests(Protocol):
    """Which customers guests have become, and who is forgotten."""

    def remember(self, guest_id: str, customer_id: str) -> None:
        """The first customer stays."""
        ...

    def successor_of(self, principal_id: str) -> Successor:
        """Whose their things are now."""
        ...

    def forget(self, customer_id: str, *, at: datetime) -> None:
        """What turns out to be this customer's from now on is nobody's."""
        ...


class Orders(Protocol):
    """The orders service."""

    def consignment(self, order_id: str) -> Consignment:
        """What is to be shipped, and where to. Raises AddressGoneError, ServiceUnavailableError."""
        ...


class Stock(Protocol):
    """The catalog service, as far as lost units go."""

    def write_off(self, shipment: Shipment, *, replace: bool) -> None:
        """Writes a lost shipment's units off, once; with `replace` takes as many from stock to be sent once more.

        Raises InsufficientStockError, AlreadyResolvedError, ServiceUnavailableError.
        """
        ...


class Reminders(Protocol):
    """Notes to oneself."""

    def settle_later(self, shipment: Shipment, at: datetime) -> None:
        """Sees to it that `finish_loss` is called for this shipment in a while."""
        ...


@dataclass(frozen=True)
class CarrierReport:
    """What a carrier's webhook says. `id` is the carrier's own for it; without `occurred_at` it is news of now."""

    id: str
    tracking_number: str
    status: str
    occurred_at: datetime | None


class Webhooks(Protocol):
    """What a carrier sends by itself."""

    def read(self, raw: bytes, headers: Mapping[str, str]) -> CarrierReport:
        """A report that is proven to be the carrier's: `raw` as it was sent, `headers` by lower-case name.

        Raises BadRequestError for what the carrier did not sign, or a while ago; that and InvalidError for what is
        signed and no report.
        """
        ...


class Carrier(Protocol):
    """A carrier."""

    @property
    def webhooks(self) -> Webhooks | None:
        """None when it sends none: then the warehouse says where its parcels are."""
        ...

    def create_label(self, parcel: Parcel) -> str:
        """The tracking number; the same one for the same reference. Raises UnavailableError."""
        ...

    def void_label(self, reference: str) -> bool:
        """Gives a label back that is not used, if there is one; False where its parcel is on its way already.

        The same again changes nothing. Raises UnavailableError.
        """
        ...


@dataclass(frozen=True)
class Ports:
    """What the use cases need. `home` is where parcels come from and returns go."""

    shipments: Shipments
    guests: Guests
    orders: Orders
    stock: Stock
    reminders: Reminders
    carriers: Mapping[str, Carrier]
    home: Address
    clock: Clock
    currency: str


def move(ports: Ports, load: Callable[[], Shipment], decide: Callable[[Shipment], Change]) -> Shipment:
    """Reads, decides and saves, again when somebody else saved in between. Returns the shipment as it is stored."""
    for _ in range(ATTEMPTS):
        before = load()
        change = decide(before)
        if change.shipment is before:
            return before
        try:
            return ports.shipments.replace(change)
        except ConcurrentUpdateError:
            continue
    raise ConcurrentUpdateError("the shipment keeps changing")


def carrier_of(ports: Ports, name: str) -> Carrier:
    """The carrier. Raises CarrierNotFoundError."""
    if name not in ports.carriers:
        raise CarrierNotFoundError("The shop does not ship with this carrier.")
    return ports.carriers[name]


def known(shipment: Shipment | None) -> Shipment:
    """The shipment. Raises ShipmentNotFoundError when there is none."""
    if shipment is None:
        raise ShipmentNotFoundError("There is no such shipment.")
    return shipment
