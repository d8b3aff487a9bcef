"""Orders' HTTP door."""

from minishop.correlation import correlation
from minishop.cursors import InvalidCursorError, decode_cursor, encode_cursor
from minishop.errors import IdempotencyKeyReusedError
from minishop.http import Api, Reply, Request
from minishop.identity import SHOPPERS, SIGNED_IN
from minishop.internal import ServiceUnavailableError
from minishop.schemas import HealthAnswer, Page, PageQuery
from orders.domain.errors import (
    AlreadyDispatchedError,
    CartEmptyError,
    CheckoutInProgressError,
    EmailRequiredError,
    InsufficientStockError,
    NotDeliverableError,
    OrderNotFoundError,
    PromotionNotApplicableError,
    ReservationReleasedError,
    TotalChangedError,
    UnknownShippingMethodError,
)
from orders.domain.progress import Origin
from orders.schemas import (
    CancelRequest,
    OrderAnswer,
    PlaceOrderRequest,
    QuoteAnswer,
    QuoteRequest,
    TimelineEntryAnswer,
)
from orders.use_cases import checkout, tracking
from orders.wiring import checkout_ports, ports

api = Api("orders")


def _origin() -> Origin:
    scope = correlation()
    return Origin(scope.actor, scope.id)


@api.get("/v1/orders/health")
def get_health() -> HealthAnswer:
    """Says that the service answers."""
    return HealthAnswer(status="ok", service="orders")


@api.post(
    "/v1/checkout/quote",
    who=SHOPPERS,
    errors=[CartEmptyError, UnknownShippingMethodError, NotDeliverableError, ServiceUnavailableError],
)
def post_quote(request: Request, body: QuoteRequest) -> QuoteAnswer:
    """Says what ordering the cart would cost now, how it could travel, and what is short."""
    address = body.shipping_address.to_address()
    quote = checkout.quote_checkout(checkout_ports(), request.principal.id, address, body.shipping_method)
    return QuoteAnswer.of(quote)


@api.post(
    "/v1/orders",
    who=SHOPPERS,
    status=201,
    idempotent=True,
    errors=[
        CartEmptyError,
        CheckoutInProgressError,
        InsufficientStockError,
        TotalChangedError,
        PromotionNotApplicableError,
        ReservationReleasedError,
        EmailRequiredError,
        UnknownShippingMethodError,
        NotDeliverableError,
        IdempotencyKeyReusedError,
        ServiceUnavailableError,
    ],
)
def post_order(request: Request, body: PlaceOrderRequest) -> Reply[OrderAnswer]:
    """Orders what is in the cart, at the expected total or not at all; payment follows."""
    command = checkout.PlaceOrder(
        principal=request.principal,
        key=request.idempotency_key,
        fingerprint=request.fingerprint,
        shipping_address=body.shipping_address.to_address(),
        shipping_method=body.shipping_method,
        payment_method=body.payment_method.token,
        expected_total=body.expected_total.to_money(),
        email=body.email,
        origin=_origin(),
    )
    order = checkout.place_order(checkout_ports(), command)
    return Reply(OrderAnswer.of(order), headers={"Location": f"/v1/orders/{order.id}"}, version=order.version)


@api.get("/v1/orders", who=SIGNED_IN, errors=[InvalidCursorError])
def list_orders(request: Request, query: PageQuery) -> Page[OrderAnswer]:
    """Lists one's own orders, latest first."""
    scope = ("orders", request.principal.id)
    orders, position = tracking.list_orders(
        ports(), request.principal.id, query.limit, decode_cursor(query.cursor, *scope)
    )
    return Page(items=[OrderAnswer.of(order) for order in orders], next_cursor=encode_cursor(position, *scope))


@api.get("/v1/orders/{id}", who=SIGNED_IN, errors=[OrderNotFoundError])
def get_order(request: Request, id: str) -> Reply[OrderAnswer]:
    """Shows an order."""
    order = tracking.get_order(ports(), id, request.principal)
    return Reply(OrderAnswer.of(order), version=order.version)


@api.get("/v1/orders/{id}/timeline", who=SIGNED_IN, errors=[OrderNotFoundError])
def get_timeline(request: Request, id: str) -> Page[TimelineEntryAnswer]:
    """Shows what happened to an order, oldest first; all of it is on the one page."""
    order = tracking.get_order(ports(), id, request.principal)
    return Page(items=[TimelineEntryAnswer.of(entry) for entry in order.timeline])


@api.post(
    "/v1/orders/{id}/cancel",
    who=SIGNED_IN,
    status=202,
    idempotent=True,
    errors=[OrderNotFoundError, AlreadyDispatchedError, IdempotencyKeyReusedError],
)
def cancel_order(request: Request, id: str, body: CancelRequest) -> Reply[OrderAnswer]:
    """Cancels an order that is not paid; of one that is, asks whether its parcel can still be stopped."""
    command = tracking.CancelOrder(
        order_id=id,
        principal=request.principal,
        key=request.idempotency_key,
        fingerprint=request.fingerprint,
        remark=body.reason,
        origin=_origin(),
    )
    order = tracking.cancel_order(ports(), command)
    return Reply(OrderAnswer.of(order), version=order.version)


handler = api.handler
