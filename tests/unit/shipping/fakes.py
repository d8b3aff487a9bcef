"""Stand-ins for what shipping's use cases need."""

from dataclasses import replace
from typing import Any

from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from shipping.carrier import CarrierUnavailableError
from shipping.domain.shipment import Line, Origin, Shipment, Status, shipment_id
from shipping.use_cases.ports import Consignment, Destination, Parcel, Ports
from tests.times import FixedClock

ORDER = "ord_1"
SHIPMENT = shipment_id(ORDER)
NUMBER = f"SBX-{SHIPMENT}"
HOME = Destination("DE", "10115")
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

    def find_owned(self, shipment_id: str, owner: str) -> Shipment | None:
        shipment = self.stored.get(shipment_id)
        return shipment if shipment and shipment.owner == owner else None

    def find_by_tracking_number(self, tracking_number: str) -> Shipment | None:
        return self.find(self.links.get(tracking_number, ""))

    def with_status(
        self, status: Status, limit: int, position: dict[str, Any] | None
    ) -> tuple[list[Shipment], dict[str, Any] | None]:
        return [shipment for shipment in self.stored.values() if shipment.status is status][:limit], None

    def insert(self, shipment: Shipment, events: tuple[Event, ...]) -> None:
        if shipment.id in self.stored:
            raise AlreadyExistsError(shipment.id)
        self.stored[shipment.id] = replace(shipment, version=1)
        self.events.extend(events)

    def replace(self, shipment: Shipment, events: tuple[Event, ...]) -> Shipment:
        if self.races or self.stored[shipment.id].version != shipment.version:
            self.races -= 1
            raise ConcurrentUpdateError(shipment.id)
        self.stored[shipment.id] = replace(shipment, version=shipment.version + 1)
        self.events.extend(events)
        return self.stored[shipment.id]

    def link(self, tracking_number: str, shipment_id: str) -> None:
        self.links[tracking_number] = shipment_id


class FakeOrders:
    """An orders service with one kind of order."""

    def consignment(self, order_id: str) -> Consignment:
        lines = (Line("MUG-RED", 2, 400), Line("TEE", 1, 200))
        return Consignment("cus_ada", lines, Destination("FR", "75001"), "sandbox", "standard")


class FakeCarrier:
    """A carrier that numbers its parcels by their references, when it answers."""

    def __init__(self) -> None:
        self.down = False
        self.parcels: list[Parcel] = []

    def create_label(self, parcel: Parcel) -> str:
        self.parcels.append(parcel)
        if self.down:
            raise CarrierUnavailableError("down")
        return f"SBX-{parcel.reference}"


class Shop:
    """Ports over the fakes, with the fakes at hand."""

    def __init__(self) -> None:
        self.shipments = FakeShipments()
        self.carrier = FakeCarrier()
        self.clock = FixedClock()
        self.ports = Ports(self.shipments, FakeOrders(), self.carrier, HOME, self.clock, "EUR")

    @property
    def told(self) -> list[str]:
        """The names of the events so far."""
        return [type(event).__name__ for event in self.shipments.events]
