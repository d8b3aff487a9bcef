"""The routes of administrators. Part of the HTTP door."""

from auth.domain import CustomerNotFoundError, OwnAccountError, SessionEndedError
from auth.schemas import RolesRequest, UserAnswer
from auth.use_cases import administration
from auth.wiring import ports
from minishop.cursors import InvalidCursorError, decode_cursor, encode_cursor
from minishop.errors import StaleVersionError
from minishop.http import Api, Reply, Request
from minishop.identity import Role
from minishop.schemas import Page, PageQuery

ADMINS = frozenset({Role.ADMIN})

admin = Api("auth")


@admin.get("/v1/admin/users", who=ADMINS, errors=[SessionEndedError, InvalidCursorError])
def list_users(request: Request, query: PageQuery) -> Page[UserAnswer]:
    """Lists users, the newest first."""
    scope = ("GET /v1/admin/users", request.principal.id)
    position = decode_cursor(query.cursor, *scope)
    users, following = administration.list_users(ports(), request.principal, query.limit, position)
    return Page[UserAnswer](items=[UserAnswer.of(user) for user in users], next_cursor=encode_cursor(following, *scope))


@admin.put(
    "/v1/admin/users/{id}/roles",
    who=ADMINS,
    if_match=True,
    errors=[SessionEndedError, CustomerNotFoundError, OwnAccountError, StaleVersionError],
)
def set_roles(request: Request, id: str, body: RolesRequest) -> Reply[UserAnswer]:
    """Gives a user these roles and no others; they count from the next refresh. Everybody is a customer."""
    roles = frozenset(map(Role, body.roles))
    user = administration.set_roles(ports(), request.principal, id, roles, request.expected_version)
    return Reply(UserAnswer.of(user.summary), version=user.version)


@admin.post(
    "/v1/admin/users/{id}/disable",
    who=ADMINS,
    status=204,
    errors=[SessionEndedError, CustomerNotFoundError, OwnAccountError],
)
def disable(request: Request, id: str) -> None:
    """Keeps a user from signing in, and ends all sessions."""
    administration.disable(ports(), request.principal, id)


@admin.post("/v1/admin/users/{id}/enable", who=ADMINS, status=204, errors=[SessionEndedError, CustomerNotFoundError])
def enable(request: Request, id: str) -> None:
    """Lets a user sign in again."""
    administration.enable(ports(), request.principal, id)
