"""What the use cases of auth need."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from auth.domain import (
    AddressBook,
    Allowance,
    EmailAddress,
    KnownDevices,
    Link,
    PhoneProof,
    SecondFactor,
    Session,
    Ticket,
    User,
    UserSummary,
)
from minishop.clock import Clock
from minishop.events import Event
from minishop.identity import Principal
from minishop.ids import Ids

ATTEMPTS = 4  # races are between two or three calls; whoever loses four times in a row is told to retry


class Users(Protocol):
    """Where users and links are kept."""

    def find(self, customer_id: str) -> User | None:
        """The user with this id."""
        ...

    def find_by_email(self, email: EmailAddress) -> User | None:
        """The user who holds this address."""
        ...

    def page(self, limit: int, position: dict[str, Any] | None) -> tuple[list[UserSummary], dict[str, Any] | None]:
        """Users, the newest first; the second is where the next page starts."""
        ...

    def unproven(self, before: datetime, limit: int) -> list[str]:
        """Ids of users who registered before then and may not have proven their address, the oldest first."""
        ...

    def insert(self, user: User, events: Sequence[Event], now: datetime) -> None:
        """Keeps a new user. Raises AlreadyExistsError when the address is held by somebody."""
        ...

    def replace(self, user: User, events: Sequence[Event], now: datetime) -> None:
        """Keeps a changed user. Raises ConcurrentUpdateError when it has changed since it was read."""
        ...

    def replace_as_insert(self, user: User, events: Sequence[Event], now: datetime) -> None:
        """Keeps a changed user by the work that `insert` takes. Raises ConcurrentUpdateError."""
        ...

    def mimic_insert(self, now: datetime) -> None:
        """The work of `insert`, which leaves nothing that counts."""
        ...

    def mimic_replace(self, now: datetime) -> None:
        """The work of `replace`, which leaves nothing that counts."""
        ...

    def move(self, user: User, previous: EmailAddress, events: Sequence[Event], now: datetime) -> None:
        """Keeps a user who has another mail address now, and gives the previous one free.

        Raises ConcurrentUpdateError when the user has changed since it was read, or somebody holds the address.
        """
        ...

    def erase(self, user: User, session_id: str | None, now: datetime) -> None:
        """Forgets the user, the address book and this session, gives the mail address free and tells `UserErased`.

        Raises ConcurrentUpdateError when the user has changed since it was read.
        """
        ...

    def address_book(self, customer_id: str) -> AddressBook:
        """The customer's addresses; an empty book when there are none."""
        ...

    def save_address_book(self, book: AddressBook) -> None:
        """Keeps a changed book. Raises ConcurrentUpdateError when it has changed since it was read."""
        ...

    def insert_link(self, link: Link) -> None:
        """Keeps a new link."""
        ...

    def find_link(self, digest: str) -> Link | None:
        """The link whose token has this digest."""
        ...


class Sessions(Protocol):
    """Where sessions are kept."""

    def find(self, principal_id: str, session_id: str) -> Session | None:
        """The session."""
        ...

    def insert(self, session: Session, events: Sequence[Event], now: datetime) -> None:
        """Keeps a new session."""
        ...

    def of(self, principal_id: str) -> list[Session]:
        """All that are kept of somebody, those that are over included."""
        ...

    def delete_others(self, principal_id: str, kept: str) -> None:
        """Forgets all sessions of somebody but `kept`."""
        ...

    def replace(self, session: Session, events: Sequence[Event] = (), now: datetime | None = None) -> None:
        """Keeps a changed session. Raises ConcurrentUpdateError when it has changed since it was read."""
        ...

    def insert_upgrading(
        self, session: Session, events: Sequence[Event], guest: Session, told: Sequence[Event], now: datetime
    ) -> None:
        """Keeps a customer's new session and the guest's session that it took over, both or neither.

        The customer's tells `events`, the guest's tells `told`. Raises ConcurrentUpdateError when the guest's has
        changed since it was read.
        """
        ...


class Throttles(Protocol):
    """Where failures are counted, and where it is known from where somebody signs in."""

    def take(self, allowance: Allowance, now: datetime) -> bool:
        """Counts one more; False, and nothing counted, when the allowance is used up."""
        ...

    def give_back(self, allowance: Allowance, now: datetime) -> None:
        """Takes back one that was counted in the same window."""
        ...

    def is_used_up(self, allowance: Allowance, now: datetime) -> bool:
        """Whether nothing is left of it."""
        ...

    def trusts(self, account: str, network: str, now: datetime) -> bool:
        """Whether the owner of the account is known to be there."""
        ...

    def distrust(self, account: str) -> None:
        """Forgets where the owner of the account was."""
        ...

    def trust(self, account: str, network: str, until: datetime) -> None:
        """Remembers that the owner of the account was there."""
        ...


class SecondFactors(Protocol):
    """Where authenticators and tickets are kept."""

    def find(self, customer_id: str) -> SecondFactor | None:
        """The customer's."""
        ...

    def save(self, factor: SecondFactor) -> None:
        """Keeps a new or changed one. Raises ConcurrentUpdateError when it has changed since it was read."""
        ...

    def confirm(self, factor: SecondFactor, user: User, events: Sequence[Event], now: datetime) -> None:
        """Keeps both changed, or neither. Raises ConcurrentUpdateError."""
        ...

    def remove(self, user: User, events: Sequence[Event], now: datetime) -> None:
        """Keeps the user changed and forgets the authenticator, or neither. Raises ConcurrentUpdateError."""
        ...

    def insert_ticket(self, ticket: Ticket) -> None:
        """Keeps a new ticket."""
        ...

    def find_ticket(self, digest: str) -> Ticket | None:
        """The ticket whose token has this digest, unless it was used."""
        ...

    def redeem(self, ticket: Ticket) -> bool:
        """Uses it up; False when it was used already."""
        ...


class Devices(Protocol):
    """Where it is kept what customers sign in with."""

    def find(self, customer_id: str) -> KnownDevices:
        """The customer's; none are known when nothing is kept."""
        ...

    def save(self, devices: KnownDevices) -> None:
        """Keeps changed ones. Raises ConcurrentUpdateError when they have changed since they were read."""
        ...


class PhoneProofs(Protocol):
    """Where the codes for telephone numbers are kept."""

    def find(self, customer_id: str) -> PhoneProof | None:
        """The customer's."""
        ...

    def save(self, proof: PhoneProof) -> None:
        """Keeps a new or changed one. Raises ConcurrentUpdateError when it has changed since it was read."""
        ...

    def take_try(self, customer_id: str, request: int) -> PhoneProof | None:
        """Counts one more try at the codes for this request; None when there is none, or none is left."""
        ...


class Digests(Protocol):
    """Hashes that nobody outside can make."""

    def of(self, purpose: str, text: str) -> str:
        """The text's keyed hash, another one for each purpose."""
        ...


class Codes(Protocol):
    """What an authenticator shows."""

    def new_secret(self) -> str:
        """A random secret, in base 32."""
        ...

    def uri(self, secret: str, account: str) -> str:
        """The `otpauth:` URI that an authenticator is given."""
        ...

    def step(self, secret: str, code: str, now: datetime) -> int | None:
        """The time step, about now, whose code it is; None when it is none."""
        ...


class Passwords(Protocol):
    """Hashes passwords."""

    def hash(self, password: str) -> str:
        """A salted hash."""
        ...

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the one that was hashed; without a hash False, after the same amount of work."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made otherwise than hashes are made now."""
        ...

    def is_common(self, word: str) -> bool:
        """Whether the word is among those that are tried first."""
        ...


@dataclass(frozen=True)
class Part:
    """What another service holds, as it shows it. `complete`: whether it is all, or as much as there is room for."""

    items: list[dict[str, Any]]
    complete: bool


class Holdings(Protocol):
    """What the other services hold of a customer. All raise ServiceUnavailableError, and UnavailableError."""

    def orders(self, customer_id: str) -> Part:
        """The orders, latest first."""
        ...

    def payments(self, customer_id: str, order_ids: Sequence[str]) -> Part:
        """The payments of these orders, with attempts, refunds and disputes."""
        ...

    def shipments(self, customer_id: str) -> Part:
        """The shipments, latest first, with their timelines."""
        ...

    def notifications(self, customer_id: str) -> Part:
        """What the customer was told, latest first."""
        ...

    def preferences(self, customer_id: str) -> list[dict[str, Any]]:
        """What the customer wants to be told."""
        ...

    def cart(self, customer_id: str) -> dict[str, Any]:
        """What is in the cart."""
        ...


class AccessTokens(Protocol):
    """Signs access tokens."""

    def sign(self, principal: Principal, *, issued_at: datetime, lifetime: timedelta) -> str:
        """An access token for the principal."""
        ...


@dataclass(frozen=True, kw_only=True)
class Directory:
    """What the use cases need that know users only."""

    users: Users
    phone_proofs: PhoneProofs
    digests: Digests
    clock: Clock
    ids: Ids


@dataclass(frozen=True, kw_only=True)
class Ports(Directory):
    """What all use cases need."""

    sessions: Sessions
    throttles: Throttles
    passwords: Passwords
    factors: SecondFactors
    codes: Codes
    devices: Devices
    access_tokens: AccessTokens
    holdings: Holdings
