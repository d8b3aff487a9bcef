"""The routes of goods that go back. Part of the HTTP door."""

from minishop.errors import IdempotencyKeyReusedError
from minishop.http import Api, Reply, Request
from minishop.identity import SHOPPERS, SIGNED_IN, STAFF, Role
from minishop.schemas import Page
from orders.domain.errors import (
    AlreadyReceivedError,
    AlreadyResolvedError,
    NotDeliveredError,
    NotReturnableError,
    OrderNotFoundError,
    RefundExceedsDueError,
    RefundNotFoundError,
    ReturnLostError,
    ReturnNotAuthorizedError,
    ReturnNotFoundError,
    ReturnNotSentError,
    ReturnWindowClosedError,
)
from orders.origins import origin
from orders.return_schemas import LoseReturnRequest, ReceiveReturnRequest, RequestReturnRequest, ReturnAnswer
from orders.schemas import OrderAnswer, RetryRefundRequest
from orders.use_cases import returns, tracking
from orders.wiring import ports, return_ports

SUPPORT = frozenset({Role.SUPPORT, Role.ADMIN})

returning = Api("orders")


@returning.post(
    "/v1/orders/{id}/returns",
    who=SHOPPERS,
    status=201,
    idempotent=True,
    errors=[
        OrderNotFoundError,
        NotDeliveredError,
        ReturnWindowClosedError,
        NotReturnableError,
        IdempotencyKeyReusedError,
    ],
)
def post_return(request: Request, id: str, body: RequestReturnRequest) -> Reply[ReturnAnswer]:
    """Asks to send goods back; the label is null while shipping is slow, and comes by itself."""
    command = returns.RequestReturn(
        order_id=id,
        principal=request.principal,
        key=request.idempotency_key,
        fingerprint=request.fingerprint,
        lines=body.to_lines(),
        origin=origin(),
    )
    return Reply(ReturnAnswer.of(returns.request_return(return_ports(), command)))


@returning.get("/v1/orders/{id}/returns", who=SIGNED_IN, errors=[OrderNotFoundError])
def list_returns(request: Request, id: str) -> Page[ReturnAnswer]:
    """Lists what of an order goes back, oldest first; all of it is on the one page."""
    return Page(items=[ReturnAnswer.of(one) for one in returns.list_returns(ports(), id, request.principal)])


@returning.post("/v1/admin/returns/{id}/authorize", who=STAFF, errors=[ReturnNotFoundError])
def authorize_return(id: str) -> ReturnAnswer:
    """Agrees to a return; what is agreed to already stays so."""
    return ReturnAnswer.of(returns.authorize_return(ports(), id, origin()))


@returning.post(
    "/v1/admin/returns/{id}/receive",
    who=STAFF,
    errors=[ReturnNotFoundError, ReturnNotAuthorizedError, NotReturnableError, AlreadyReceivedError, ReturnLostError],
)
def receive_return(id: str, body: ReceiveReturnRequest) -> ReturnAnswer:
    """Notes what came back; accepted lines are refunded and put back into stock."""
    return ReturnAnswer.of(returns.receive_return(ports(), id, body.to_lines(), origin()))


@returning.post(
    "/v1/admin/orders/{id}/refunds/{reference}/retry",
    who=SUPPORT,
    errors=[OrderNotFoundError, RefundNotFoundError, RefundExceedsDueError],
)
def retry_refund(id: str, reference: str, body: RetryRefundRequest | None) -> OrderAnswer:
    """Asks once more for a refund that has failed for good: all of it, or the amount named; nothing of it settles it.

    While it is under way, this changes nothing.
    """
    amount = body.amount.to_money() if body and body.amount else None
    return OrderAnswer.of(tracking.retry_refund(ports(), id, reference, amount, origin()))


@returning.post(
    "/v1/admin/returns/{id}/lost",
    who=SUPPORT,
    errors=[
        ReturnNotFoundError,
        ReturnNotAuthorizedError,
        ReturnNotSentError,
        AlreadyReceivedError,
        AlreadyResolvedError,
    ],
)
def lose_return(id: str, body: LoseReturnRequest) -> ReturnAnswer:
    """Gives goods up that are lost on their way back: they are refunded and written off, or the sale stands."""
    return ReturnAnswer.of(returns.lose_return(ports(), id, body.resolution, origin()))
