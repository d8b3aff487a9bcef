"""Users: registered people, proven or not yet.

An address belongs to the latest registration until it is proven, so that nobody can take hold of somebody else's
address by registering first. A link proves only the registration that it was mailed for. Whoever registers an address
anew with another password may or may not be the one before: the address is contested. Who then proves it reads the
mailbox, but has perhaps clicked on the mail of the other's registration, so none of the passwords counts any more, and
the next mail has a link to choose one. Nobody can leave a password behind in somebody else's account, neither by
coming first nor by coming second. After a week without a proof the registration is forgotten as if it had been asked
for: whoever registers then begins anew.

A change that ends a user's sessions counts one up: a session belongs to the count that was read with the password
that began it, so one that an old password is beginning right now is over too.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from auth.domain.emails import EmailAddress
from auth.domain.links import LinkKind
from auth.domain.passwords import MIN_LENGTH_WITH_SECOND_FACTOR, MIN_PASSWORD_LENGTH
from auth.domain.second_factors import SecondFactorNeededError
from auth.domain.sessions import Session
from minishop.contracts.auth import (
    EmailVerified,
    PasswordChanged,
    PasswordResetRequested,
    RegistrationAttempted,
    SecondFactorAdded,
    SecondFactorRemoved,
    SessionRevoked,
    UserErased,
    UserRegistered,
)
from minishop.errors import ConflictError, ForbiddenError, NotFoundError, UnauthenticatedError
from minishop.events import Event
from minishop.identity import Role

ATTEMPT_INTERVAL = timedelta(hours=1)
RENEWAL_INTERVAL = timedelta(minutes=5)
UNPROVEN_LIFETIME = timedelta(days=7)  # a link lasts a day, and one may be asked for again meanwhile


class InvalidCredentialsError(UnauthenticatedError):
    """Wrong password, unknown address, an address that is not proven or a disabled account: told alike."""

    code = "invalid_credentials"
    title = "Address or password is wrong"

    def __init__(self) -> None:
        super().__init__("Check the address and the password; a new account must be confirmed by its mail first.")


class WrongPasswordError(ForbiddenError):
    """Whoever is signed in does not know the password."""

    code = "wrong_password"
    title = "The password is wrong"

    def __init__(self) -> None:
        super().__init__("Give the present password once more.")


class OwnAccountError(ConflictError):
    """Administrators do not take their own rights away: one at least must remain."""

    code = "own_account"
    title = "Not on your own account"

    def __init__(self) -> None:
        super().__init__("Have another administrator do it.")


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
class UserSummary:
    """A user as administrators see one."""

    id: str
    email: str
    full_name: str
    roles: frozenset[Role]
    verified: bool
    second_factor: bool
    disabled_at: datetime | None
    registered_at: datetime
    version: int


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who registered.

    Attributes:
        id: `cus_…`.
        password_hash: Empty: there is none yet, and the link of a mail sets one.
        contested: Whether the address, not proven yet, was registered with different passwords.
        registration: Counts the times the address was registered before it was proven.
        registered_at: When the latest of them was.
        attempted_at: When its owner was last told that somebody tried to register a proven address.
        password_generation: Counts the passwords; a link for a new one is good for the one it was asked under.
        reset_asked_at: When a link for a new password was last asked for.
        session_generation: Counts the times all sessions were ended; those of earlier counts are over.
        kept_session: But not this one.
        pending_email: The mail address that is wanted and not proven yet.
        former_email: The mail address before the present one: who loses an account by its address is told there.
        email_changed_at: Since when the present one counts.
        email_request: Counts the addresses that were wanted; a link for one is good for the one it was mailed for.
        pending_phone: The telephone number that is wanted and not proven yet.
        phone_request: Counts the numbers that were wanted.
        short_password: Whether the password is one that counts only together with a second factor.
        phone_verified: Whether a code sent to the telephone has come back.
        disabled_at: Since when the user may not sign in.
        second_factor: Whether signing in takes a code too.
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
    contested: bool = False
    attempted_at: datetime | None = None
    password_generation: int = 1
    reset_asked_at: datetime | None = None
    session_generation: int = 1
    kept_session: str | None = None
    disabled_at: datetime | None = None
    second_factor: bool = False
    phone_verified: bool = False
    pending_email: EmailAddress | None = None
    former_email: EmailAddress | None = None
    email_changed_at: datetime | None = None
    email_request: int = 0
    pending_phone: str | None = None
    phone_request: int = 0
    short_password: bool = False
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

    @property
    def may_sign_in(self) -> bool:
        """Whether the address is proven and the account not disabled."""
        return self.verified and self.disabled_at is None

    def admits(self, session: Session) -> bool:
        """Whether this session of the user goes on, as far as the user is concerned."""
        if not self.may_sign_in:
            return False
        return session.generation == self.session_generation or session.id == self.kept_session

    def generation(self, kind: LinkKind) -> int:
        """What a link of this kind must have been made for in order to be good."""
        generations = {
            LinkKind.VERIFY_EMAIL: self.registration,
            LinkKind.RESET_PASSWORD: self.password_generation,
            LinkKind.CHANGE_EMAIL: self.email_request,
        }
        return generations[kind]

    def register_again(
        self, application: Application, now: datetime, *, same_password: bool
    ) -> tuple[Self, list[Event]]:
        """What becomes of the user when the address is registered once more.

        A proven address: its owner is told, once an hour at most. One that is not proven belongs to the latest
        registration; within five minutes of the last mail no other is sent, so that no mailbox can be flooded. With
        another password than before the address is contested, however soon.
        """
        if self.verified:
            return self.attempted(now)
        contested = self.contested or not same_password
        if now - self.registered_at < RENEWAL_INTERVAL:
            return self if contested == self.contested else replace(self, contested=contested), []
        renewed = replace(self._renewed(application, now), contested=contested)
        return renewed, [UserRegistered(customer_id=self.id, locale=application.locale)]

    def attempted(self, now: datetime) -> tuple[Self, list[Event]]:
        """Somebody wanted this user's address for an account: its owner is told, once an hour at most."""
        if self.attempted_at is not None and now - self.attempted_at < ATTEMPT_INTERVAL:
            return self, []
        return replace(self, attempted_at=now), [RegistrationAttempted(customer_id=self.id)]

    def verify(self, now: datetime) -> tuple[Self, list[Event]]:
        """The address is proven; if it is contested, by none of those who know a password. Again: nothing changes."""
        if self.verified:
            return self, []
        proven = EmailVerified(customer_id=self.id)
        if not self.contested:
            return replace(self, verified=True), [proven]
        emptied = replace(
            self,
            verified=True,
            contested=False,
            password_hash="",
            password_generation=self.password_generation + 1,
            phone=None,
            reset_asked_at=now,
        )
        return emptied, [proven, PasswordResetRequested(customer_id=self.id, contested=True)]

    def is_abandoned(self, now: datetime) -> bool:
        """Whether nobody has proven the address in time."""
        return not self.verified and now - self.registered_at >= UNPROVEN_LIFETIME

    def ask_reset(self, now: datetime) -> tuple[Self, list[Event]]:
        """A link for a new password is wanted: nothing happens within five minutes, or for who may not sign in.

        Who has not proven the address registers again instead: the account may be somebody else's making.
        """
        asked = self.reset_asked_at
        if not self.may_sign_in or (asked is not None and now - asked < RENEWAL_INTERVAL):
            return self, []
        return replace(self, reset_asked_at=now), [PasswordResetRequested(customer_id=self.id)]

    def change_password(
        self, password_hash: str, *, short: bool = False, keep: str | None = None
    ) -> tuple[Self, list[Event]]:
        """Another password: every session but `keep` ends, and links for a new password are good no more.

        Nor are those for another mail address: somebody else may have asked for it. `short`: too short to do without
        a second factor. Without a session to keep it is one that was reset.
        """
        changed = replace(
            self,
            password_hash=password_hash,
            short_password=short,
            password_generation=self.password_generation + 1,
            pending_email=None,
            email_request=self.email_request + 1,
        )
        ended, events = changed.end_sessions(reason="password_changed", keep=keep)
        return ended, [PasswordChanged(customer_id=self.id, was_reset=keep is None), *events]

    def end_sessions(self, *, reason: str, keep: str | None = None) -> tuple[Self, list[Event]]:
        """All sessions end, except `keep`."""
        ended = replace(self, session_generation=self.session_generation + 1, kept_session=keep)
        return ended, [SessionRevoked(customer_id=self.id, reason=reason)]

    def rename(self, full_name: str | None, locale: str | None) -> Self:
        """Another name or language; None stays as it is."""
        return replace(self, full_name=full_name or self.full_name, locale=locale or self.locale)

    def erased(self) -> list[Event]:
        """What is told when the user is forgotten."""
        return [UserErased(customer_id=self.id)]

    @property
    def summary(self) -> UserSummary:
        """As administrators see the user."""
        return UserSummary(
            id=self.id,
            email=self.email.address,
            full_name=self.full_name,
            roles=self.roles,
            verified=self.verified,
            second_factor=self.second_factor,
            disabled_at=self.disabled_at,
            registered_at=self.registered_at,
            version=self.version,
        )

    def with_roles(self, roles: frozenset[Role]) -> Self:
        """With these roles and no others; everybody is a customer."""
        return replace(self, roles=roles | {Role.CUSTOMER})

    def disable(self, now: datetime) -> tuple[Self, list[Event]]:
        """May not sign in any more. Again: nothing changes."""
        if self.disabled_at is not None:
            return self, []
        return replace(self, disabled_at=now).end_sessions(reason="disabled")

    def enable(self) -> Self:
        """May sign in again."""
        return replace(self, disabled_at=None)

    def with_second_factor(self) -> tuple[Self, list[Event]]:
        """Signing in takes a code too."""
        return replace(self, second_factor=True), [SecondFactorAdded(customer_id=self.id)]

    def without_second_factor(self) -> tuple[Self, list[Event]]:
        """Signing in takes a code no more. Raises SecondFactorNeededError."""
        if self.short_password:
            raise SecondFactorNeededError
        return replace(self, second_factor=False), [SecondFactorRemoved(customer_id=self.id)]

    @property
    def least_password(self) -> int:
        """How long a password must be: a second factor makes up for some of it."""
        return MIN_LENGTH_WITH_SECOND_FACTOR if self.second_factor else MIN_PASSWORD_LENGTH

    def rehash(self, password_hash: str) -> Self:
        """The same password, hashed as it is done nowadays."""
        return replace(self, password_hash=password_hash)

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
            phone_verified=False,
            locale=application.locale,
            password_hash=application.password_hash,
            contested=False,
            password_generation=self.password_generation + 1,
            registration=self.registration + 1,
            registered_at=now,
        )
