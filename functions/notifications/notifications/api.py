"""Notifications' HTTP door."""

from minishop.cursors import InvalidCursorError, decode_cursor, encode_cursor
from minishop.http import Api, Reply, Request
from minishop.identity import CUSTOMERS, Role
from minishop.observability import logger
from minishop.schemas import HealthAnswer, Page, PageQuery
from notifications import pages
from notifications.domain.errors import InvalidUnsubscribeTokenError
from notifications.schemas import (
    LiftAnswer,
    LiftRequest,
    NotificationAnswer,
    PreferencesAnswer,
    PreferencesRequest,
    UnsubscribeQuery,
)
from notifications.use_cases import reports, telling
from notifications.use_cases import wishes as use_cases
from notifications.wiring import guests, limits, links, log, wishes

SUPPORT = frozenset({Role.SUPPORT, Role.ADMIN})

api = Api("notifications")


@api.get("/v1/notifications/health")
def get_health() -> HealthAnswer:
    """Says that the service answers."""
    return HealthAnswer(status="ok", service="notifications")


@api.get("/v1/me/notifications", who=CUSTOMERS, errors=[InvalidCursorError])
def list_notifications(request: Request, query: PageQuery) -> Page[NotificationAnswer]:
    """Lists what the customer was told, newest first."""
    scope = ("notifications", request.principal.id)
    found, position = telling.list_notifications(
        log(), request.principal.id, query.limit, decode_cursor(query.cursor, *scope)
    )
    return Page(items=[NotificationAnswer.of(one) for one in found], next_cursor=encode_cursor(position, *scope))


@api.get("/v1/me/notification-preferences", who=CUSTOMERS)
def get_preferences(request: Request) -> PreferencesAnswer:
    """Shows what the customer wants to hear of what is not mandatory."""
    return PreferencesAnswer.of(use_cases.list_changed(wishes(), request.principal.id))


@api.put("/v1/me/notification-preferences", who=CUSTOMERS)
def put_preferences(request: Request, body: PreferencesRequest) -> PreferencesAnswer:
    """Replaces what the customer wants to hear; what is not named is as it is by itself."""
    return PreferencesAnswer.of(use_cases.replace_changed(wishes(), request.principal.id, body.changed()))


@api.post("/v1/admin/suppressions/lift", who=SUPPORT)
def lift_suppression(request: Request, body: LiftRequest) -> LiftAnswer:
    """Sends messages to an address again to which nothing went since it bounced, or its owner complained."""
    lifted = reports.lift_suppression(limits(), body.address)
    if lifted:
        logger().info("suppression lifted", actor=request.principal.id, reason=lifted.reason)
    return LiftAnswer.of(lifted)


@api.get("/v1/notifications/unsubscribe", produces="text/html", errors=[InvalidUnsubscribeTokenError])
def get_unsubscribe(request: Request, query: UnsubscribeQuery) -> Reply[str]:
    """Shows the page that a mail's foot links to; nothing changes yet."""
    accepted = request.headers.get("accept-language", "")
    try:
        _, choice = links().read(query.token)
    except InvalidUnsubscribeTokenError as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return Reply(pages.no_link_page(accepted), status=error.status, headers=pages.HEADERS, content_type=pages.HTML)
    return Reply(pages.ask_page(accepted, choice.topic), headers=pages.HEADERS, content_type=pages.HTML)


@api.post("/v1/notifications/unsubscribe", produces="text/html", errors=[InvalidUnsubscribeTokenError])
def post_unsubscribe(request: Request, query: UnsubscribeQuery) -> Reply[str]:
    """Unsubscribes: the page's button, and the one click of mail programs (RFC 8058)."""
    choice = use_cases.unsubscribe(wishes(), links(), guests(), query.token)
    page = pages.done_page(request.headers.get("accept-language", ""), choice.topic)
    return Reply(page, headers=pages.HEADERS, content_type=pages.HTML)


handler = api.handler
