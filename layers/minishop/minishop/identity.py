"""Who calls: the principal that the gate's authorizer names."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a principal may be."""

    GUEST = "guest"
    CUSTOMER = "customer"
    SUPPORT = "support"
    WAREHOUSE = "warehouse"
    ADMIN = "admin"


SHOPPERS = frozenset({Role.GUEST, Role.CUSTOMER})
CUSTOMERS = frozenset({Role.CUSTOMER})
SIGNED_IN = frozenset(Role)
STAFF = frozenset({Role.SUPPORT, Role.WAREHOUSE, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Principal:
    """The one who calls.

    Attributes:
        id: `cus_…` or `gst_…`.
        roles: What it may be.
        session: The session's id.
        guest: The guest whose session was given at login, if any: `gst_…`.
        expires_at: When the token that says so ends, in seconds since 1970; 0 when that is not known.
    """

    id: str
    roles: frozenset[Role]
    session: str = ""
    guest: str | None = None
    expires_at: int = 0

    def is_any(self, *roles: Role) -> bool:
        """Whether it has one of these roles."""
        return not self.roles.isdisjoint(roles)


def to_context(principal: Principal) -> dict[str, str]:
    """The principal as the authorizer's context: flat strings, as API Gateway wants them."""
    return {
        "principal_id": principal.id,
        "roles": ",".join(sorted(principal.roles)),
        "session": principal.session,
        "guest": principal.guest or "",
        "expires_at": str(principal.expires_at),
    }


def from_context(context: Mapping[str, Any]) -> Principal | None:
    """The principal that the authorizer named; None where the route is open."""
    identity = context.get("principal_id")
    if not identity:
        return None
    known = {role.value for role in Role}
    roles = frozenset(Role(name) for name in str(context.get("roles") or "").split(",") if name in known)
    guest = context.get("guest")
    return Principal(
        id=str(identity),
        roles=roles,
        session=str(context.get("session") or ""),
        guest=str(guest) if guest else None,
        expires_at=int(context.get("expires_at") or 0),
    )


@dataclass(frozen=True)
class Successor:
    """Whose somebody's things are now: their own, unless they were a guest who has become a customer.

    Attributes:
        forgotten: Whether that is a customer who is forgotten: then nothing new may say who it was.
    """

    id: str
    forgotten: bool = False
