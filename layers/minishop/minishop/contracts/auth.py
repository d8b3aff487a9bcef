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
    """A session began.

    `device` names browser and system (`Firefox, Windows`) as far as they are known, else it is empty. `known_device`:
    the customer has signed in with such a one before, or with none yet.
    """

    customer_id: str
    session_id: str
    device: str = ""
    known_device: bool = True


@dataclass(frozen=True, kw_only=True)
class GuestUpgraded(Event):
    """A guest's session was given at login: what the guest had becomes the customer's."""

    guest_id: str
    customer_id: str


@dataclass(frozen=True, kw_only=True)
class PasswordResetRequested(Event):
    """Somebody asked for a link with which a new password can be set.

    `contested`: nobody asked, but the address, which is proven now, was registered with different passwords. None of
    them counts, and its owner has to choose one.
    """

    customer_id: str
    contested: bool = False


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    """The password is another one. `was_reset`: chosen by the link of a mail, without the one before."""

    customer_id: str
    was_reset: bool = False


@dataclass(frozen=True, kw_only=True)
class EmailChangeRequested(Event):
    """A customer wants another mail address: a link goes to the new one, and the old one is told."""

    customer_id: str


@dataclass(frozen=True, kw_only=True)
class EmailChanged(Event):
    """The new mail address is proven, and is the customer's now."""

    customer_id: str


@dataclass(frozen=True, kw_only=True)
class PhoneCodeRequested(Event):
    """A customer has given a telephone number, to which a code goes."""

    customer_id: str


@dataclass(frozen=True, kw_only=True)
class PhoneVerified(Event):
    """The telephone number is proven."""

    customer_id: str


@dataclass(frozen=True, kw_only=True)
class SecondFactorAdded(Event):
    """Signing in takes a code of an authenticator from now on."""

    customer_id: str


@dataclass(frozen=True, kw_only=True)
class SecondFactorRemoved(Event):
    """Signing in takes the password alone from now on."""

    customer_id: str


@dataclass(frozen=True, kw_only=True)
class UserErased(Event):
    """The customer is forgotten; whoever holds something about them forgets it too, or keeps it without them."""

    customer_id: str


@dataclass(frozen=True, kw_only=True)
class SessionRevoked(Event):
    """A session was ended before its time; without a `session_id`, all of the customer's (but the one that did it).

    `reason`: `signed_out`, `token_reused`, `password_changed` or `disabled`.
    """

    customer_id: str
    reason: str
    session_id: str | None = None
