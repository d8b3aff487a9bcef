"""What administrators do with accounts."""

from collections.abc import Callable
from typing import Any

from auth.domain import CustomerNotFoundError, OwnAccountError, SessionEndedError, User, UserSummary
from auth.use_cases.ports import ATTEMPTS, Ports
from auth.use_cases.sessions import read_profile
from minishop.errors import ConcurrentUpdateError, StaleVersionError
from minishop.events import Event
from minishop.identity import Principal, Role


def list_users(
    ports: Ports, principal: Principal, limit: int, position: dict[str, Any] | None
) -> tuple[list[UserSummary], dict[str, Any] | None]:
    """Users, the newest first, a page at a time; the second is where the next page starts."""
    _admit(ports, principal)
    return ports.users.page(limit, position)


def set_roles(ports: Ports, principal: Principal, customer_id: str, roles: frozenset[Role], expected: int) -> User:
    """Gives a user these roles, that of a customer besides, and no others; they count from the next refresh.

    Raises CustomerNotFoundError, StaleVersionError, and OwnAccountError when administrators would demote themselves.
    """
    _admit(ports, principal)
    user = _find(ports, customer_id)
    if user.id == principal.id and Role.ADMIN not in roles:
        raise OwnAccountError
    if user.version != expected:
        raise StaleVersionError("The user was changed meanwhile; read the list again.")
    try:
        ports.users.replace(user.with_roles(roles), [], ports.clock.now())
    except ConcurrentUpdateError as error:
        raise StaleVersionError("The user was changed meanwhile; read the list again.") from error
    return _find(ports, customer_id)


def disable(ports: Ports, principal: Principal, customer_id: str) -> None:
    """The user cannot sign in any more, and all sessions end. Again: nothing changes.

    Raises CustomerNotFoundError, and OwnAccountError for administrators themselves.
    """
    if customer_id == principal.id:
        raise OwnAccountError
    _change(ports, principal, customer_id, lambda user: user.disable(ports.clock.now()))


def enable(ports: Ports, principal: Principal, customer_id: str) -> None:
    """The user may sign in again. Again: nothing changes. Raises CustomerNotFoundError."""
    _change(ports, principal, customer_id, lambda user: (user.enable(), []))


def _admit(ports: Ports, principal: Principal) -> None:
    """Holds the caller's roles as they are now against what a token of some minutes ago says."""
    if Role.ADMIN not in read_profile(ports, principal).roles:
        raise SessionEndedError


def _find(ports: Ports, customer_id: str) -> User:
    user = ports.users.find(customer_id)
    if user is None:
        raise CustomerNotFoundError
    return user


def _change(
    ports: Ports, principal: Principal, customer_id: str, change: Callable[[User], tuple[User, list[Event]]]
) -> None:
    _admit(ports, principal)
    for _ in range(ATTEMPTS):
        user = _find(ports, customer_id)
        changed, events = change(user)
        if changed == user:
            return
        try:
            ports.users.replace(changed, events, ports.clock.now())
        except ConcurrentUpdateError:
            continue
        return
    raise ConcurrentUpdateError(f"{customer_id} keeps changing")
