"""Users: registered people, proven or not yet.

An address belongs to the latest registration until it is proven, so that nobody can take hold of somebody else's
address, or leave a password of their own behind it, by registering first. A link proves only the registration that
it was mailed for.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from auth.domain.emails import EmailAddress
from minishop.contracts.auth import EmailVerified, RegistrationAttempted, UserRegistered
from minishop.errors import NotFoundError, UnauthenticatedError
from minishop.events import Event
from minishop.identity import Role

ATTEMPT_INTERVAL = timedelta(hours=1)
RENEWAL_INTERVAL = timedelta(minutes=5)


class InvalidCredentialsError(UnauthenticatedError):
    """Wrong password, unknown address or an address that is not proven: told alike."""

    code = "invalid_credentials"
    title = "Address or password is wrong"

    def __init__(self) -> None:
        super().__init__("Check the address and the password; a new account must be confirmed by its mail first.")


class CustomerNotFoundError(NotFoundError):
    """There is no such customer; a guest is none."""

    def __init__(self) -> None:
        super().__init__("There is no such customer.")


@dataclass(frozen=True, kw_only=True)
class Application:
    """What somebody registers with."""

    email: EmailAddress
    full_name: str
    phone: str | None
    locale: str
    password_hash: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who registered.

    Attributes:
        id: `cus_…`.
        registration: Counts the times the address was registered before it was proven.
        registered_at: When the latest of them was.
        attempted_at: When its owner was last told that somebody tried to register a proven address.
        version: Of what is stored.
    """

    id: str
    email: EmailAddress
    full_name: str
    phone: str | None
    locale: str
    password_hash: str = field(repr=False)
    roles: frozenset[Role]
    verified: bool
    registration: int
    registered_at: datetime
    attempted_at: datetime | None = None
    version: int = 0

    @classmethod
    def register(cls, customer_id: str, application: Application, now: datetime) -> tuple[Self, list[Event]]:
        """A new user, who must prove the address before signing in."""
        user = cls(
            id=customer_id,
            email=application.email,
            full_name=application.full_name,
            phone=application.phone,
            locale=application.locale,
            password_hash=application.password_hash,
            roles=frozenset({Role.CUSTOMER}),
            verified=False,
            registration=1,
            registered_at=now,
        )
        return user, [UserRegistered(customer_id=user.id, locale=user.locale)]

    def register_again(self, application: Application, now: datetime) -> tuple[Self, list[Event]]:
        """What becomes of the user when the address is registered once more.

        A proven address: its owner is told, once an hour at most. One that is not proven belongs to the latest
        registration; within five minutes of the last mail nothing happens, so that no mailbox can be flooded.
        """
        if self.verified:
            if self.attempted_at is not None and now - self.attempted_at < ATTEMPT_INTERVAL:
                return self, []
            return replace(self, attempted_at=now), [RegistrationAttempted(customer_id=self.id)]
        if now - self.registered_at < RENEWAL_INTERVAL:
            return self, []
        return self._renewed(application, now), [UserRegistered(customer_id=self.id, locale=application.locale)]

    def verify(self) -> tuple[Self, list[Event]]:
        """The address is proven. Again: nothing changes."""
        if self.verified:
            return self, []
        return replace(self, verified=True), [EmailVerified(customer_id=self.id)]

    def appoint(self, application: Application | None, roles: frozenset[Role], now: datetime) -> Self:
        """The user with these roles as well, proven because an operator vouches for the address.

        Whoever registered an address without proving it must not get the roles: unless the address is proven
        already, the operator's `application`, password included, takes the place of theirs.
        """
        if self.verified:
            return replace(self, roles=self.roles | roles)
        assert application is not None, "an address that is not proven is not taken over as it is"
        return replace(self._renewed(application, now), roles=self.roles | roles, verified=True)

    def _renewed(self, application: Application, now: datetime) -> Self:
        return replace(
            self,
            email=application.email,
            full_name=application.full_name,
            phone=application.phone,
            locale=application.locale,
            password_hash=application.password_hash,
            registration=self.registration + 1,
            registered_at=now,
        )
