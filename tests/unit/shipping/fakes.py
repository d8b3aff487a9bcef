"""Stand-ins for what shipping's use cases need."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from minishop.identity import Principal
from shipping.carriers.driver import OwnDriver
from shipping.domain.errors import AddressGoneError, AlreadyResolvedError, CarrierUnavailableError
from shipping.domain.label import Address
from shipping.domain.shipment import Change, Line, Origin, Shipment, Wish, shipment_id
from shipping.use_cases.departures import DispatchShipment, dispatch_shipment
from shipping.use_cases.ports import Carrier, CarrierReport, Consignment, Parcel, Ports, Position, Span
from tests.times import FixedClock
from tests.unit.guests import FakeGuests

ORDER = "ord_1"
SHIPMENT = shipment_id(ORDER)
NUMBER = f"SBX-{SHIPMENT}"
HOME = Address("Minishop", "Lagerstr. 1", "Berlin", "10115", "DE")
ADDRESS = Address("Ada Lovelace", "12 rue Turgot", "Paris", "75001", "FR")
SERVICE = Origin("service:shipping", "correlation-1")
STAFF = Origin("cus_staff", "request-1")
ADA = Origin("cus_ada", "request-2")
CARRIER = Origin("carrier:sandbox", "request-3")


class FakeShipments:
    """Shipments in memory, with the table's conditions."""

    def __init__(self) -> None:
        self.stored: dict[str, Shipment] = {}
        self.links: dict[str, str] = {}
        self.events: list[Event] = []
        self.races = 0  # so many replaces find that somebody else was quicker

    def find(self, shipment_id: str) -> Shipment | None:
        return self.stored.get(shipment_id)

    def find_for(self, shipment_id: str, principal: Principal) -> Shipment | None:
        shipment = self.stored.get(shipment_id)
        return shipment if shipment and shipment.owner in {principal.id, principal.guest} else None

    def find_by_tracking_number(self, tracking_number: str) -> Shipment | None:
        return self.find(self.links.get(tracking_number, ""))

    def owned_by(self, owner: str, position: Position | None) -> tuple[list[str], Position | None]:
        """One to a page."""
        owned = [identity for identity, shipment in self.stored.items() if shipment.owner == owner]
        known = sorted(owned)[:1]
        return known, {"more": True} if len(owned) > 1 else None

    def latest_of(self, owner: str, position: Position | None) -> tuple[list[Shipment], Position | None]:
        """One to a page."""
        mine = [shipment for shipment in self.stored.values() if shipment.owner == owner]
        latest = sorted(mine, key=lambda shipment: shipment.created_at, reverse=True)
        page = int(position["page"]) if position else 0
        return latest[page : page + 1], {"page": page + 1} if page + 1 < len(latest) else None

    def made_in(
        self, span: Span, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Shipment], dict[str, Any] | None]:
        return [shipment for shipment in self.stored.values() if shipment.status is span.status][:limit], None

    def insert(self, change: Change) -> None:
        shipment = change.shipment
        if shipment.id in self.stored:
            raise AlreadyExistsError(shipment.id)
        self.stored[shipment.id] = replace(shipment, version=1)
        self.events.extend(change.events)

    def replace(self, change: Change) -> Shipment:
        shipment = change.shipment
        if self.races or self.stored[shipment.id].version != shipment.version:
            self.races -= 1
            raise ConcurrentUpdateError(shipment.id)
        self.stored[shipment.id] = replace(shipment, version=shipment.version + 1)
        self.events.extend(change.events)
        if change.offspring:
            self.insert(change.offspring)
        return self.stored[shipment.id]

    def link(self, tracking_number: str, shipment_id: str) -> None:
        self.links[tracking_number] = shipment_id


class FakeOrders:
    """An orders service with one kind of order."""

    carrier = "sandbox"
    owner = "cus_ada"
    forgotten = False

    def consignment(self, order_id: str) -> Consignment:
        lines = (Line("MUG-RED", 2, 400), Line("TEE", 1, 200))
        if self.forgotten:
            raise AddressGoneError("forgotten")
        return Consignment(self.owner, lines, ADDRESS, self.carrier, "standard")


class FakeStock:
    """A catalog that writes off what it is told to, when it answers."""

    def __init__(self) -> None:
        self.refuses: Exception | None = None
        self.written_off: dict[str, bool] = {}
        self.calls = 0

    def write_off(self, shipment: Shipment, *, replace: bool) -> None:
        self.calls += 1
        if self.refuses:
            raise self.refuses
        if self.written_off.setdefault(shipment.id, replace) != replace:
            raise AlreadyResolvedError("differs")


class FakeReminders:
    """Notes down for which shipment it was asked."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def settle_later(self, shipment: Shipment, at: datetime) -> None:
        self.noted.append(shipment.id)


class FakeCarrier:
    """A carrier that numbers its parcels by their references, when it answers, and signs nothing."""

    def __init__(self) -> None:
        self.down = False
        self.parcels: list[Parcel] = []
        self.labels: dict[str, str] = {}  # by reference: made, void, or used
        self.meanwhile: Callable[[], object] | None = None  # happens while a label is made

    @property
    def webhooks(self) -> "FakeCarrier":
        return self

    def read(self, raw: bytes, headers: Mapping[str, str]) -> CarrierReport:
        return CarrierReport(headers["webhook-id"], raw.decode(), "delivered", None)

    def create_label(self, parcel: Parcel) -> str:
        self.parcels.append(parcel)
        if self.meanwhile:
            self.meanwhile()
        if self.down:
            raise CarrierUnavailableError("down")
        self.labels[parcel.reference] = "made"
        return f"SBX-{parcel.reference}"

    def void_label(self, reference: str) -> bool:
        if self.down:
            raise CarrierUnavailableError("down")
        if self.labels.get(reference) == "made":
            self.labels[reference] = "void"
        return self.labels.get(reference) != "used"


class Shop:
    """Ports over the fakes, with the fakes at hand."""

    def __init__(self) -> None:
        self.shipments = FakeShipments()
        self.carrier = FakeCarrier()
        self.carriers: dict[str, Carrier] = {"sandbox": self.carrier, "driver": OwnDriver()}
        self.orders = FakeOrders()
        self.stock = FakeStock()
        self.reminders = FakeReminders()
        self.clock = FixedClock()
        self.guests = FakeGuests()
        self.ports = Ports(
            self.shipments, self.guests, self.orders, self.stock, self.reminders, self.carriers, HOME, self.clock, "EUR"
        )

    @property
    def told(self) -> list[str]:
        """The names of the events so far."""
        return [type(event).__name__ for event in self.shipments.events]


def dispatch(shop: Shop, quantities: dict[str, int] | None = None, key: str = "dispatch-1") -> Shipment:
    """The warehouse hands the order's parcel over."""
    command = DispatchShipment(SHIPMENT, quantities, Wish(key, str(quantities)))
    return dispatch_shipment(shop.ports, command, STAFF)
