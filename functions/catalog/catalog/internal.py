"""What other services may ask of the catalogue."""

import os
from datetime import timedelta

from catalog.domain.losses import NotSoldError, WriteOffDiffersError
from catalog.domain.promotions import PromotionNotApplicableError
from catalog.domain.stock import (
    InsufficientStockError,
    ReservationCommittedError,
    ReservationReleasedError,
    TotalChangedError,
)
from catalog.internal_schemas import (
    HoldStockRequest,
    PreviewsAnswer,
    PreviewsRequest,
    QuoteAnswer,
    QuoteRequest,
    ReservationAnswer,
    WriteOffAnswer,
    WriteOffRequest,
)
from catalog.use_cases import levels, previews, stock
from catalog.wiring import ports
from minishop.http import Api, Request

CHECKOUT = frozenset({"orders-api"})
NOTIFICATIONS = frozenset({"notifications-consumer"})
SHIPPING = frozenset({"shipping-api", "shipping-consumer"})
ORDERS = frozenset({"orders-api", "orders-consumer"})

api = Api("catalog")


@api.post("/internal/quotes", callers=CHECKOUT)
def post_quote(body: QuoteRequest) -> QuoteAnswer:
    """Prices lines as of now, with a promotion where it applies; holds nothing."""
    priced = stock.quote(ports(), body.wanted(), body.promotion, body.customer_id, order_id=body.order_id)
    return QuoteAnswer.of(priced)


@api.post("/internal/previews", callers=NOTIFICATIONS)
def post_previews(body: PreviewsRequest) -> PreviewsAnswer:
    """Shows what a message shows of goods: of SKUs that there are, on sale or not."""
    return PreviewsAnswer.of(previews.preview(ports(), body.skus))


@api.put(
    "/internal/reservations/{order_id}",
    callers=ORDERS,
    errors=[InsufficientStockError, TotalChangedError, ReservationReleasedError, PromotionNotApplicableError],
)
def put_reservation(request: Request, order_id: str, body: HoldStockRequest) -> ReservationAnswer:
    """Holds an order's lines, all or none. The same order again holds the same, again if it had run out."""
    asked = stock.HoldRequest(
        order_id=order_id,
        customer_id=body.customer_id,
        lines=body.wanted(),
        promotion=body.promotion,
        expected=body.expected.to_expected() if body.expected else None,
        hold_for=timedelta(seconds=int(os.environ["HOLD_SECONDS"])),
        correlation_id=request.id,
    )
    return ReservationAnswer.of(stock.hold_stock(ports(), asked))


@api.delete("/internal/reservations/{order_id}", callers=frozenset({"orders-api"}), errors=[ReservationCommittedError])
def delete_reservation(request: Request, order_id: str) -> None:
    """Gives back what an order holds, for good. An order that holds nothing can hold nothing any more."""
    stock.release_reservation(ports(), order_id, request.id, restock=False)


@api.put(
    "/internal/write-offs/{shipment_id}",
    callers=SHIPPING,
    errors=[NotSoldError, WriteOffDiffersError, InsufficientStockError],
)
def put_write_off(shipment_id: str, body: WriteOffRequest) -> WriteOffAnswer:
    """Writes off what was lost with a shipment; the same again changes nothing."""
    return WriteOffAnswer.of(levels.write_off(ports(), shipment_id, body.order_id, body.wanted(), replace=body.replace))


handler = api.handler
