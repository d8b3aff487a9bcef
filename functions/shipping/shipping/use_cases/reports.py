"""What carriers say of parcels."""

from shipping.domain import reports
from shipping.domain.errors import ShipmentNotFoundError
from shipping.domain.reports import Report
from shipping.domain.shipment import Origin, Shipment, Status
from shipping.use_cases.ports import Ports, known, move


def record_report(ports: Ports, tracking_number: str, report: Report, origin: Origin) -> Shipment:
    """Takes in a carrier's report.

    Raises ShipmentNotFoundError for a number that is not known yet: the report is to be kept and tried again.
    """
    return move(
        ports,
        lambda: _labelled(ports, tracking_number),
        lambda found: reports.record(found, report, origin, ports.clock.now()),
    )


def _labelled(ports: Ports, tracking_number: str) -> Shipment:
    """A number is made known a moment before the label is saved."""
    shipment = known(ports.shipments.find_by_tracking_number(tracking_number))
    if shipment.status is Status.PENDING:
        raise ShipmentNotFoundError("The shipment has no label yet.")
    return shipment
