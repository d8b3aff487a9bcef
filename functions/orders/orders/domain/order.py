"""The order: what was bought, by whom, and how far it has come.

    placed ──→ confirmed ──→ shipped ──→ delivered
      │            ↓            ↑
      │     cancel_requested ───┤   dispatch won
      ↓            ↓            │
      └───────→ cancelled       └─  dispatch is the point of no return

Its moves are in `orders.domain.moves`, what sets them off in `orders.domain.changes`; goods that go back are in
`orders.domain.returns` and `orders.domain.return_changes`.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from minishop.identity import Principal, Role
from minishop.ids import derived_id
from orders.domain.checkout import Line, ShippingMethod, Totals
from orders.domain.progress import (
    Cancellation,
    Entry,
    FulfilmentStatus,
    Loss,
    Moment,
    Parcel,
    ParcelStatus,
    Payment,
    Status,
)
from orders.domain.returns import Return

HOLD_MARGIN = timedelta(seconds=30)

_FORWARD = (
    ParcelStatus.LABEL_CREATED,
    ParcelStatus.IN_TRANSIT,
    ParcelStatus.ATTEMPT_FAILED,
    ParcelStatus.OUT_FOR_DELIVERY,
    ParcelStatus.DELIVERED,
)
_ASTRAY = (ParcelStatus.RETURNED, ParcelStatus.LOST, ParcelStatus.CANCELLED)


@dataclass(frozen=True)
class Address:
    """Where an order goes. ISO 3166-1 alpha-2 `country`, E.164 `phone`."""

    full_name: str
    line1: str
    city: str
    postal_code: str
    country: str
    line2: str | None = None
    region: str | None = None
    phone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order.

    Attributes:
        id: `ord_…`, derived from who placed it and their Idempotency-Key.
        owner: The principal whose order it is: `cus_…` or `gst_…`.
        placed_by: The guest who placed it, where the owner is the customer that the guest became; else empty.
        email: Where mails go; None for a customer, whose address auth knows.
        promotion: The code that the cart carried.
        fingerprint: Of the request that placed it.
        confirmed_at: When it was confirmed, which is the invoice's date; `invoice_number` is given in the same write.
        hold_expires_at: Until when its stock is held while it is not paid.
        locale: The language that the shopper's browser asked for, a BCP 47 tag, or empty.
        to_forget: Whether its owner is to be forgotten; `forgotten`: whether that is done.
        version: Of what is stored; 0 when nothing is.
    """

    id: str
    owner: str
    email: str | None
    lines: tuple[Line, ...]
    totals: Totals
    shipping_address: Address
    shipping_method: ShippingMethod
    promotion: str | None
    fingerprint: str
    hold_expires_at: datetime
    placed_at: datetime
    updated_at: datetime
    status: Status = Status.PLACED
    payment: Payment = field(default_factory=Payment)
    parcels: tuple[Parcel, ...] = ()
    returns: tuple[Return, ...] = ()
    losses: tuple[Loss, ...] = ()
    cancellation: Cancellation | None = None
    confirmed_at: datetime | None = None
    invoice_number: int | None = None
    timeline: tuple[Entry, ...] = ()
    locale: str = ""
    placed_by: str = ""
    to_forget: bool = False
    forgotten: bool = False
    version: int = 0

    @property
    def number(self) -> str:
        """What people call it: ten characters of 50 bits, the same for the same id."""
        digits = derived_id("number", self.id).partition("_")[2].upper()
        return f"{digits[:5]}-{digits[5:10]}"

    @property
    def awaits_invoice(self) -> bool:
        """Whether it was confirmed and has no invoice number yet: only ever between a decision and its write."""
        return self.confirmed_at is not None and self.invoice_number is None

    @property
    def invoice_name(self) -> str:
        """`INV-000042`."""
        return f"INV-{self.invoice_number:06d}"

    @property
    def fulfilment_status(self) -> FulfilmentStatus:
        """Where the goods are: the parcel that is furthest behind, of those that arrive or are to arrive."""
        found = {parcel.status for parcel in self.parcels}
        for status in (*_FORWARD, *_ASTRAY):
            if status in found:
                return FulfilmentStatus(status.value)
        return FulfilmentStatus.UNFULFILLED

    @property
    def buyer(self) -> str:
        """Whose cart it came from."""
        return self.placed_by or self.owner

    @property
    def is_finished(self) -> bool:
        """Whether nothing is under way to anybody any more."""
        if self.status is Status.SHIPPED:
            return self.fulfilment_status in {FulfilmentStatus.LOST, FulfilmentStatus.RETURNED}
        return self.status in {Status.DELIVERED, Status.CANCELLED}

    def is_owned_by(self, principal: Principal) -> bool:
        """Whether it is theirs, also as the guest they were."""
        return not {self.owner, self.buyer}.isdisjoint({principal.id, principal.guest})

    def is_visible_to(self, principal: Principal) -> bool:
        """Whether they may see it: its owner, support and admins."""
        return self.is_owned_by(principal) or principal.is_any(Role.SUPPORT, Role.ADMIN)

    def needs_hold_again(self, now: datetime) -> bool:
        """Whether it is about to be confirmed on a hold that has run out, or nearly."""
        return self.status is Status.PLACED and now + HOLD_MARGIN >= self.hold_expires_at

    def moment(self) -> Moment:
        """What of it changes, as it is now."""
        return Moment(self.status, self.payment, self.parcels, self.updated_at, self.version)

    def at(self, moment: Moment) -> "Order":
        """The order as it was then; all that is answered from a moment is before any delivery and invoice."""
        return replace(
            self,
            status=moment.status,
            payment=moment.payment,
            parcels=moment.parcels,
            returns=(),
            losses=(),
            confirmed_at=None,
            invoice_number=None,
            updated_at=moment.updated_at,
            version=moment.version,
        )

    def as_retried(self, request_id: str) -> "Order":
        """The order as the request for a further attempt to pay was answered."""
        (retry,) = (retry for retry in self.payment.retries if retry.request_id == request_id)
        return self.at(Moment(Status.PLACED, Payment(retry.attempt), (), retry.at, retry.version))

    def as_placed(self) -> "Order":
        """The order as it was first answered."""
        return self.at(Moment(Status.PLACED, Payment(), (), self.placed_at, 1))
