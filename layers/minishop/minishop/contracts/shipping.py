"""What shipping publishes."""

from dataclasses import dataclass

from minishop.events import Event


@dataclass(frozen=True, kw_only=True)
class ParcelLine:
    """A quantity of one SKU in a parcel."""

    sku: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class ShipmentEvent(Event):
    """What every event about a shipment says. Not published itself.

    `return_id` names the return whose goods the parcel brings back; empty for a parcel to the customer.
    """

    shipment_id: str
    order_id: str
    owner: str
    carrier: str
    tracking_number: str
    return_id: str = ""


@dataclass(frozen=True, kw_only=True)
class LabelRequested(ShipmentEvent):
    """A shipment came of another one, and waits for its label: shipping itself makes it."""


@dataclass(frozen=True, kw_only=True)
class ShipmentCreated(ShipmentEvent):
    """A shipment has its label and waits to be packed."""

    lines: tuple[ParcelLine, ...]


@dataclass(frozen=True, kw_only=True)
class ShipmentDispatched(ShipmentEvent):
    """The parcel has left with `lines`: the point of no return."""

    lines: tuple[ParcelLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ShipmentInTransit(ShipmentEvent):
    """The carrier has the parcel."""


@dataclass(frozen=True, kw_only=True)
class ShipmentOutForDelivery(ShipmentEvent):
    """The parcel arrives today."""


@dataclass(frozen=True, kw_only=True)
class DeliveryAttemptFailed(ShipmentEvent):
    """The carrier was at the door and could not hand the parcel over."""


@dataclass(frozen=True, kw_only=True)
class ShipmentDelivered(ShipmentEvent):
    """The parcel has arrived."""


@dataclass(frozen=True, kw_only=True)
class ShipmentLost(ShipmentEvent):
    """A parcel is given up, and its `lines` are written off. `resolution`, as support decided: `refund` or `reship`."""

    lines: tuple[ParcelLine, ...]
    resolution: str


@dataclass(frozen=True, kw_only=True)
class ShipmentReturned(ShipmentEvent):
    """The carrier has brought `lines` back to whoever sent them."""

    lines: tuple[ParcelLine, ...]


@dataclass(frozen=True, kw_only=True)
class ShipmentCancelled(ShipmentEvent):
    """The shipment was stopped before it left."""
