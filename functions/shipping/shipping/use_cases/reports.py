"""Where parcels are: what carriers say of them, and the warehouse of those whose carrier says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from shipping.domain import reports
from shipping.domain.errors import CarrierNotFoundError, ReportedByCarrierError, ShipmentNotFoundError
from shipping.domain.reports import Report
from shipping.domain.shipment import Change, Origin, Shipment, Status, Wish
from shipping.use_cases.ports import CarrierReport, Ports, carrier_of, known, move


@dataclass(frozen=True)
class ReportProgress:
    """What the warehouse says of a parcel."""

    shipment_id: str
    status: Status
    wish: Wish


def read_webhook(ports: Ports, carrier: str, raw: bytes, headers: Mapping[str, str]) -> CarrierReport:
    """What a carrier has sent. Raises CarrierNotFoundError, and what the carrier's `Webhooks` raise."""
    webhooks = carrier_of(ports, carrier).webhooks
    if webhooks is None:
        raise CarrierNotFoundError("This carrier sends no webhooks.")
    return webhooks.read(raw, headers)


def record_report(ports: Ports, carrier: str, tracking_number: str, report: Report, origin: Origin) -> Shipment:
    """Takes in a carrier's report on one of its own parcels.

    Raises ShipmentNotFoundError for a number that is not known yet: the report is to be kept and tried again.
    """

    def load() -> Shipment:
        shipment = known(ports.shipments.find_by_tracking_number(tracking_number))
        if shipment.carrier != carrier or shipment.status is Status.PENDING:
            raise ShipmentNotFoundError("The carrier has no such parcel, or its label is not saved yet.")
        return shipment

    return move(ports, load, lambda found: reports.record(found, report, origin, ports.clock.now()))


def report_progress(ports: Ports, command: ReportProgress, origin: Origin) -> Shipment:
    """Takes in what the warehouse says of a parcel whose carrier says nothing.

    Raises ShipmentNotFoundError, ReportedByCarrierError, NotOnItsWayError, IdempotencyKeyReusedError.
    """

    def decide(shipment: Shipment) -> Change:
        if carrier_of(ports, shipment.carrier).webhooks:
            raise ReportedByCarrierError("This carrier says itself where its parcels are.")
        return reports.report_by_hand(shipment, command.status, command.wish, origin, ports.clock.now())

    shipment = move(ports, lambda: known(ports.shipments.find(command.shipment_id)), decide)
    return shipment.answered(command.wish) or shipment
