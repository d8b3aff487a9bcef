"""The carrier: labels, and parcels that move a step each time somebody says so.

    label_created → in_transit → out_for_delivery → delivered
         └→ voided      └──────────────┴→ attempt_failed, exception, returning → returned, lost

On their way, parcels go wrong when they are told to. A step is reported before it is saved, so that a report that is
lost can be sent again under its own id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from minishop.clock import Clock, rfc3339
from minishop.errors import AlreadyExistsError, ConflictError, NotFoundError, UnavailableError
from minishop.ids import derived_id


class ParcelStatus(StrEnum):
    """Where a parcel is."""

    LABEL_CREATED = "label_created"
    VOIDED = "voided"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    EXCEPTION = "exception"
    RETURNING = "returning"
    LOST = "lost"
    DELIVERED = "delivered"
    RETURNED = "returned"


_ASTRAY = (ParcelStatus.EXCEPTION, ParcelStatus.RETURNING, ParcelStatus.LOST)
_ON_TOUR = (ParcelStatus.OUT_FOR_DELIVERY, *_ASTRAY)
_STEPS: Mapping[ParcelStatus, tuple[ParcelStatus, ...]] = {  # the first is the usual one
    ParcelStatus.LABEL_CREATED: (ParcelStatus.IN_TRANSIT,),
    ParcelStatus.IN_TRANSIT: _ON_TOUR,
    ParcelStatus.OUT_FOR_DELIVERY: (ParcelStatus.DELIVERED, ParcelStatus.ATTEMPT_FAILED, *_ASTRAY),
    ParcelStatus.ATTEMPT_FAILED: _ON_TOUR,
    ParcelStatus.EXCEPTION: _ON_TOUR,
    ParcelStatus.RETURNING: (ParcelStatus.RETURNED, ParcelStatus.LOST),
    ParcelStatus.LOST: (ParcelStatus.DELIVERED, ParcelStatus.RETURNED),  # it turns up
    ParcelStatus.VOIDED: (),
    ParcelStatus.DELIVERED: (),
    ParcelStatus.RETURNED: (),
}


class ParcelNotFoundError(NotFoundError):
    """No parcel has this tracking number."""

    code = "parcel_not_found"
    title = "No such parcel"


class StepNotPossibleError(ConflictError):
    """The parcel cannot go there from where it is."""

    code = "step_not_possible"
    title = "The parcel cannot go there now"


class ParcelOnItsWayError(ConflictError):
    """The parcel was handed over: its label is used."""

    code = "parcel_on_its_way"
    title = "The parcel is on its way"


class WebhookNotDeliveredError(UnavailableError):
    """The shop did not take the webhook; the parcel stays where it was."""

    code = "webhook_not_delivered"
    title = "The shop did not take the webhook"


@dataclass(frozen=True)
class Parcel:
    """A labelled parcel. `reference` is the sender's own name for it."""

    tracking_number: str
    reference: str
    service: str
    country: str
    postal_code: str
    weight_grams: int
    status: ParcelStatus = ParcelStatus.LABEL_CREATED
    version: int = 0


class Parcels(Protocol):
    """Where parcels are kept."""

    def find(self, tracking_number: str) -> Parcel | None:
        """By tracking number."""
        ...

    def insert(self, parcel: Parcel) -> None:
        """Raises AlreadyExistsError."""
        ...

    def replace(self, parcel: Parcel) -> None:
        """Over the version that was read. Raises ConcurrentUpdateError."""
        ...


class ParcelReports(Protocol):
    """The way to the shop."""

    def send(self, report_id: str, report: Mapping[str, Any], *, at: datetime) -> None:
        """Sends a signed report. Raises WebhookNotDeliveredError unless the shop has taken it."""
        ...


@dataclass(frozen=True)
class CarrierPorts:
    """What the carrier needs."""

    parcels: Parcels
    reports: ParcelReports
    clock: Clock


def tracking_number(reference: str) -> str:
    """The number that a reference always gets: `SBX` and 80 bits nobody guesses."""
    return f"SBX{derived_id('sbx', reference)[4:20].upper()}"


def create_label(ports: CarrierPorts, parcel: Parcel) -> Parcel:
    """Labels a parcel. The same reference again gets the first label again."""
    try:
        ports.parcels.insert(parcel)
    except AlreadyExistsError:
        return find_parcel(ports, parcel.tracking_number)
    return parcel


def void_label(ports: CarrierPorts, reference: str) -> None:
    """Takes a label back that is not used. The same again changes nothing.

    Raises ParcelNotFoundError, ParcelOnItsWayError, ConcurrentUpdateError.
    """
    parcel = find_parcel(ports, tracking_number(reference))
    if parcel.status is ParcelStatus.VOIDED:
        return
    if parcel.status is not ParcelStatus.LABEL_CREATED:
        raise ParcelOnItsWayError(f"The parcel is {parcel.status}.")
    ports.parcels.replace(replace(parcel, status=ParcelStatus.VOIDED))


def find_parcel(ports: CarrierPorts, number: str) -> Parcel:
    """The parcel. Raises ParcelNotFoundError."""
    parcel = ports.parcels.find(number)
    if parcel is None:
        raise ParcelNotFoundError("No parcel has this tracking number.")
    return parcel


def advance_parcel(ports: CarrierPorts, number: str, to: ParcelStatus | None = None) -> Parcel:
    """Moves a parcel one step on, the usual one or `to`, and reports it; one that is there, or has arrived, stays so.

    The report goes first and carries the same id whenever this step is repeated: a step that was reported and not
    saved is reported again, and the shop knows it by its id. Raises ParcelNotFoundError, StepNotPossibleError,
    WebhookNotDeliveredError, ConcurrentUpdateError.
    """
    parcel = find_parcel(ports, number)
    steps = _STEPS[parcel.status]
    if to is parcel.status or (to is None and not steps):
        return parcel
    step = to or steps[0]
    if step not in steps:
        raise StepNotPossibleError(f"The parcel is {parcel.status}; next is one of: {', '.join(steps) or 'nothing'}.")
    moved = replace(parcel, status=step)
    at = ports.clock.now()
    report = {
        "type": f"parcel.{moved.status}",
        "data": {"tracking_number": number, "status": moved.status.value, "occurred_at": rfc3339(at)},
    }
    ports.reports.send(derived_id("msg", number, moved.status, str(parcel.version)), report, at=at)
    ports.parcels.replace(moved)
    return moved
