"""Orders' HTTP door."""

import os
import re

from minishop.cursors import InvalidCursorError, decode_cursor, encode_cursor
from minishop.errors import IdempotencyKeyReusedError
from minishop.http import Api, Reply, Request
from minishop.identity import SHOPPERS, SIGNED_IN, STAFF, Role
from minishop.internal import ServiceUnavailableError
from minishop.schemas import HealthAnswer, Page, PageQuery
from orders.checkout_schemas import PayAgainRequest, PlaceOrderRequest, QuoteAnswer, QuoteRequest
from orders.domain.errors import (
    AlreadyDispatchedError,
    CartEmptyError,
    CheckoutInProgressError,
    EmailRequiredError,
    InsufficientStockError,
    NotDeliverableError,
    NotInvoicedError,
    NotPayableError,
    OrderNotFoundError,
    PromotionNotApplicableError,
    ReservationReleasedError,
    TotalChangedError,
    UnknownAddressError,
    UnknownCountryError,
    UnknownShippingMethodError,
)
from orders.domain.order import Order
from orders.invoices import render_invoice
from orders.languages import asked_language
from orders.origins import origin
from orders.return_routes import returning
from orders.schemas import (
    CancelRequest,
    LinkedOrderAnswer,
    LinkQuery,
    OrderAnswer,
    OrdersQuery,
    TimelineEntryAnswer,
)
from orders.tax_schemas import TaxRatesAnswer, TaxRatesRequest
from orders.use_cases import checkout, links, taxes, tracking
from orders.wiring import checkout_ports, link_ports, ports, tax_ports

ADMINS = frozenset({Role.ADMIN})

api = Api("orders")


def _drawn(order: Order) -> Reply[bytes]:
    headers = {"Content-Disposition": f'inline; filename="{order.invoice_name}.pdf"'}
    return Reply(render_invoice(order, os.environ["INVOICE_SELLER"]), headers=headers)


@api.get("/v1/orders/health")
def get_health() -> HealthAnswer:
    """Says that the service answers."""
    return HealthAnswer(status="ok", service="orders")


@api.post(
    "/v1/checkout/quote",
    who=SHOPPERS,
    errors=[
        CartEmptyError,
        UnknownAddressError,
        UnknownShippingMethodError,
        NotDeliverableError,
        ServiceUnavailableError,
    ],
)
def post_quote(request: Request, body: QuoteRequest) -> QuoteAnswer:
    """Says what ordering the cart would cost now, how it could travel, and what is short."""
    destination = body.to_destination()
    quote = checkout.quote_checkout(checkout_ports(), request.principal.id, destination, body.shipping_method)
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
        UnknownAddressError,
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
        shipping_address=body.to_destination(),
        shipping_method=body.shipping_method,
        payment_method=body.payment_method.token,
        expected_total=body.expected_total.to_money(),
        email=body.email,
        origin=origin(),
        locale=asked_language(request.headers.get("accept-language", "")),
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


@api.get("/v1/admin/orders", who=STAFF, errors=[InvalidCursorError])
def list_all_orders(request: Request, query: OrdersQuery) -> Page[OrderAnswer]:
    """Lists everybody's orders by when they were placed, latest first; a page may be short and yet have a next one."""
    scope = ("admin-orders", request.principal.id, query.status or "", str(query.since), str(query.until))
    span = tracking.recent(ports(), query.status, query.since, query.until)
    orders, position = tracking.list_all_orders(ports(), span, query.limit, decode_cursor(query.cursor, *scope))
    return Page(items=[OrderAnswer.of(order) for order in orders], next_cursor=encode_cursor(position, *scope))


@api.get("/v1/orders/by-link", errors=[OrderNotFoundError])
def get_order_by_link(query: LinkQuery) -> LinkedOrderAnswer:
    """Shows the order that a link in a mail leads to, without its address."""
    return LinkedOrderAnswer.of(links.follow_link(link_ports(), query.token))


@api.get("/v1/orders/by-link/invoice", produces="application/pdf", errors=[OrderNotFoundError, NotInvoicedError])
def get_invoice_by_link(query: LinkQuery) -> Reply[bytes]:
    """Gives the invoice of the order that a link in a mail leads to, as a PDF."""
    return _drawn(links.follow_link_to_invoice(link_ports(), query.token))


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


@api.get(
    "/v1/orders/{id}/invoice", who=SIGNED_IN, produces="application/pdf", errors=[OrderNotFoundError, NotInvoicedError]
)
def get_invoice(request: Request, id: str) -> Reply[bytes]:
    """Gives the invoice of a confirmed order, as a PDF."""
    return _drawn(tracking.get_invoiced_order(ports(), id, request.principal))


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
        origin=origin(),
    )
    order = tracking.cancel_order(ports(), command)
    return Reply(OrderAnswer.of(order), version=order.version)


@api.get("/v1/admin/tax-rates", who=ADMINS)
def list_tax_rates() -> Page[TaxRatesAnswer]:
    """Lists the tax rates by country; all of them are on the one page. Elsewhere the shop's default applies."""
    return Page(items=[TaxRatesAnswer.of(country, rates) for country, rates in taxes.list_rates(tax_ports())])


@api.put("/v1/admin/tax-rates/{country}", who=ADMINS, errors=[UnknownCountryError])
def put_tax_rates(country: str, body: TaxRatesRequest) -> TaxRatesAnswer:
    """Sets a country's tax rates, from the next quote on; what is ordered keeps the rate of its time."""
    if not re.fullmatch("[A-Z]{2}", country):
        raise UnknownCountryError("Name the country by its two capital letters (ISO 3166-1).")
    taxes.save_rates(tax_ports(), country, body.to_rates())
    return TaxRatesAnswer.of(country, body.to_rates())


@api.post(
    "/v1/orders/{id}/payment",
    who=SHOPPERS,
    status=202,
    idempotent=True,
    errors=[OrderNotFoundError, NotPayableError, IdempotencyKeyReusedError],
)
def pay_again(request: Request, id: str, body: PayAgainRequest) -> Reply[OrderAnswer]:
    """Tries another way to pay after a decline, while the stock is held."""
    command = tracking.PayAgain(
        order_id=id,
        principal=request.principal,
        key=request.idempotency_key,
        fingerprint=request.fingerprint,
        payment_method=body.payment_method.token,
        origin=origin(),
    )
    order = tracking.pay_again(ports(), command)
    return Reply(OrderAnswer.of(order), version=order.version)


api.routes.update(returning.routes)

handler = api.handler
