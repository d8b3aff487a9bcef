"""What other services may ask of shipping."""

from minishop.http import Api, Request
from minishop.schemas import ExportAnswer
from shipping.domain.errors import CarrierUnavailableError, ShipmentNotFoundError
from shipping.domain.shipment import Origin
from shipping.rate_schemas import RatesAnswer, RatesRequest
from shipping.schemas import ReturnLabelAnswer, ReturnRequest, ShipmentAnswer
from shipping.use_cases import labels, queries
from shipping.wiring import ports

ORDERS = frozenset({"orders-api"})

api = Api("shipping")


@api.post("/internal/shipping/rates", callers=ORDERS)
def post_rates(body: RatesRequest) -> RatesAnswer:
    """Prices a parcel."""
    address = body.address
    return RatesAnswer.of(queries.quote_rates(ports(), address.country, address.postal_code, body.weight_grams))


@api.put("/internal/returns/{return_id}", callers=ORDERS, errors=[ShipmentNotFoundError, CarrierUnavailableError])
def put_return(request: Request, return_id: str, body: ReturnRequest) -> ReturnLabelAnswer:
    """Makes the parcel of a return and its label; the same return has the same parcel."""
    origin = Origin("service:orders", request.id)
    shipment = labels.create_return(ports(), return_id, body.order_id, body.quantities(), origin)
    return ReturnLabelAnswer.of(shipment)


@api.get("/internal/exports/shipments/{owner}", callers=frozenset({"auth-api"}))
def export_shipments(owner: str) -> ExportAnswer[ShipmentAnswer]:
    """A customer's shipments as the customer sees them, latest first."""
    shipments, complete = queries.export_shipments(ports(), owner)
    return ExportAnswer[ShipmentAnswer].of(map(ShipmentAnswer.of, shipments), complete=complete)


handler = api.handler
