"""What auth publishes."""

from dataclasses import dataclass

from minishop.events import Event


@dataclass(frozen=True, kw_only=True)
class UserRegistered(Event):
    """Somebody registered; the address is not proven yet. `locale` is a BCP 47 tag."""

    customer_id: str
    locale: str


@dataclass(frozen=True, kw_only=True)
class RegistrationAttempted(Event):
    """Somebody tried to register with an address that is taken; its owner is told."""

    customer_id: str


@dataclass(frozen=True, kw_only=True)
class EmailVerified(Event):
    """The address is proven; the customer may sign in."""

    customer_id: str


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    """A session began."""

    customer_id: str
    session_id: str


@dataclass(frozen=True, kw_only=True)
class GuestUpgraded(Event):
    """A guest's session was given at login: what the guest had becomes the customer's."""

    guest_id: str
    customer_id: str
