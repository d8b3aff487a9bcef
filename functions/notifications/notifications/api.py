"""Notifications' HTTP door."""

from minishop.cursors import InvalidCursorError, decode_cursor, encode_cursor
from minishop.http import Api, Request
from minishop.identity import CUSTOMERS
from minishop.schemas import HealthAnswer, Page, PageQuery
from notifications import use_cases
from notifications.schemas import NotificationAnswer
from notifications.wiring import log

api = Api("notifications")


@api.get("/v1/notifications/health")
def get_health() -> HealthAnswer:
    """Says that the service answers."""
    return HealthAnswer(status="ok", service="notifications")


@api.get("/v1/me/notifications", who=CUSTOMERS, errors=[InvalidCursorError])
def list_notifications(request: Request, query: PageQuery) -> Page[NotificationAnswer]:
    """Lists what the customer was told, newest first."""
    scope = ("notifications", request.principal.id)
    found, position = use_cases.list_notifications(
        log(), request.principal.id, query.limit, decode_cursor(query.cursor, *scope)
    )
    return Page(items=[NotificationAnswer.of(one) for one in found], next_cursor=encode_cursor(position, *scope))


handler = api.handler
