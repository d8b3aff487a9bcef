"""Sessions: a family of refresh tokens, of which one at a time is good.

    current ──rotate──▶ spent (previous)  within 10 s: the same successor again
                        spent (older)     reuse: the family ends, whoever it was that has both

A token's secret is random and only its digest is kept. It carries a mark made with the session's own key, so that a
made-up token is told from a spent one and cannot end anybody's session. The successor that the grace period
answers again is kept masked with the spent token's secret: only who has that one can read it.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Self

from auth.domain.throttles import Origin
from minishop.contracts.auth import GuestUpgraded, SessionRevoked, SignedIn
from minishop.errors import NotFoundError, UnauthenticatedError
from minishop.events import Event
from minishop.identity import STAFF, Role
from minishop.ids import Ids

REFRESH_LIFETIME = timedelta(days=30)
GRACE = timedelta(seconds=10)
ACCESS_LIFETIME = timedelta(minutes=15)
STAFF_ACCESS_LIFETIME = timedelta(minutes=5)
FRESH = timedelta(minutes=15)
MAX_USER_AGENT = 200
_NOWHERE = Origin()

_TOKEN = re.compile(r"((?:cus|gst)_[0-9a-z]{1,40})\.(ses_[0-9a-z]{1,40})\.(rft_[0-9a-z]{1,28})\.([0-9a-f]{32})")


class InvalidRefreshTokenError(UnauthenticatedError):
    """The refresh token is not good, or not any more."""

    code = "invalid_refresh_token"
    title = "The session cannot be continued"

    def __init__(self) -> None:
        super().__init__("Sign in again; the refresh token is unknown, spent or expired.")


class SessionEndedError(UnauthenticatedError):
    """The access token's session has ended."""

    code = "session_ended"
    title = "The session has ended"

    def __init__(self) -> None:
        super().__init__("Sign in again.")


class SessionNotFoundError(NotFoundError):
    """The customer has no such session."""

    def __init__(self) -> None:
        super().__init__("There is no such session.")


class Verdict(Enum):
    """What a refresh token turns out to be."""

    CURRENT = auto()
    REPEATED = auto()
    REUSED = auto()
    FORGED = auto()


def access_lifetime(roles: frozenset[Role]) -> timedelta:
    """How long an access token is good: shorter for those who can do harm."""
    return ACCESS_LIFETIME if roles.isdisjoint(STAFF) else STAFF_ACCESS_LIFETIME


@dataclass(frozen=True)
class RefreshToken:
    """A refresh token, taken apart. `str()` of it is what the client gets."""

    principal_id: str
    session_id: str
    secret: str = field(repr=False)
    mark: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Takes a token apart; None when it cannot be one."""
        match = _TOKEN.fullmatch(text)
        return cls(*match.groups()) if match else None

    @classmethod
    def make(cls, principal_id: str, session_id: str, secret: str, key: str) -> Self:
        """The token with this secret, marked with the session's key."""
        return cls(principal_id, session_id, secret, _mark(principal_id, session_id, secret, key))

    def __str__(self) -> str:
        return f"{self.principal_id}.{self.session_id}.{self.secret}.{self.mark}"

    @property
    def digest(self) -> str:
        """What is kept of it."""
        return hashlib.sha256(str(self).encode()).hexdigest()

    def mask(self, secret: str) -> str:
        """Hides a successor's secret; takes it and gives hexadecimal text."""
        return _exclusive_or(secret.encode(), self._pad()).hex()

    def unmask(self, masked: str) -> str:
        """The secret that `mask` hid."""
        return _exclusive_or(bytes.fromhex(masked), self._pad()).decode()

    def _pad(self) -> bytes:
        return hmac.new(self.secret.encode(), b"successor", hashlib.sha256).digest()


def _mark(principal_id: str, session_id: str, secret: str, key: str) -> str:
    message = f"{principal_id}.{session_id}.{secret}".encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:32]


def _exclusive_or(text: bytes, pad: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(text, pad, strict=False))


@dataclass(frozen=True, kw_only=True)
class Session:
    """One sign-in, or one guest.

    Attributes:
        id: `ses_…`.
        key: What this session's tokens are marked with.
        current: Digest of the token that is good now.
        previous: Digest of the token before it.
        successor: The current token's secret, masked with the previous token.
        guest: The guest who was taken over at login.
        upgraded_to: For a guest's session: the customer who took it over.
        generation: The user's count of sessions, see `User.session_generation`; 0 for a guest's.
        user_agent: What the client that began it said it was.
        region: The network it was begun from, without the last part of the address.
    """

    id: str
    principal_id: str
    key: str = field(repr=False)
    current: str
    started_at: datetime
    rotated_at: datetime
    previous: str | None = None
    successor: str | None = field(default=None, repr=False)
    guest: str | None = None
    upgraded_to: str | None = None
    ended_at: datetime | None = None
    generation: int = 0
    user_agent: str = ""
    region: str = ""
    version: int = 0

    @classmethod
    def start(
        cls,
        principal_id: str,
        ids: Ids,
        now: datetime,
        *,
        guest: str | None = None,
        generation: int = 0,
        origin: Origin = _NOWHERE,
    ) -> tuple[Self, RefreshToken]:
        """A new session and its first refresh token."""
        session_id, key = ids.new("ses"), ids.new("key")
        token = RefreshToken.make(principal_id, session_id, ids.new("rft"), key)
        session = cls(
            id=session_id,
            principal_id=principal_id,
            key=key,
            current=token.digest,
            started_at=now,
            rotated_at=now,
            guest=guest,
            generation=generation,
            user_agent=origin.user_agent[:MAX_USER_AGENT],
            region=origin.region,
        )
        return session, token

    @property
    def expires_at(self) -> datetime:
        """When the current token is good no more."""
        return self.rotated_at + REFRESH_LIFETIME

    def signed_in(self, device: str, *, known: bool) -> list[Event]:
        """What a customer's new session tells."""
        return [SignedIn(customer_id=self.principal_id, session_id=self.id, device=device, known_device=known)]

    def is_live(self, now: datetime) -> bool:
        """Whether it has neither ended nor expired."""
        return self.ended_at is None and now < self.expires_at

    def has_just_begun(self, now: datetime) -> bool:
        """Whether somebody has signed in with it a moment ago, and need not prove again who that was."""
        return now - self.started_at < FRESH

    def judge(self, token: RefreshToken, now: datetime) -> Verdict:
        """What this token is to this session."""
        marked = _mark(self.principal_id, self.id, token.secret, self.key)
        if not hmac.compare_digest(token.mark, marked):
            return Verdict.FORGED
        if hmac.compare_digest(token.digest, self.current):
            return Verdict.CURRENT
        if token.digest == self.previous and now - self.rotated_at <= GRACE:
            return Verdict.REPEATED
        return Verdict.REUSED

    def rotate(self, token: RefreshToken, ids: Ids, now: datetime) -> tuple[Self, RefreshToken]:
        """The session with a new current token in the place of `token`."""
        successor = RefreshToken.make(self.principal_id, self.id, ids.new("rft"), self.key)
        rotated = replace(
            self,
            current=successor.digest,
            previous=token.digest,
            successor=token.mask(successor.secret),
            rotated_at=now,
        )
        return rotated, successor

    def successor_of(self, token: RefreshToken) -> RefreshToken:
        """The current token once more, for who still has the previous one."""
        assert self.successor is not None, "a token was repeated, so there is one before it"
        return RefreshToken.make(self.principal_id, self.id, token.unmask(self.successor), self.key)

    def end(self, now: datetime) -> Self:
        """No token of it is good any more."""
        return replace(self, ended_at=now)

    def revoke(self, now: datetime, *, reason: str) -> tuple[Self, list[Event]]:
        """Ended by somebody or something other than whoever was signed in with it; of a customer's it is told."""
        if not self.principal_id.startswith("cus_"):
            return self.end(now), []
        return self.end(now), [SessionRevoked(customer_id=self.principal_id, session_id=self.id, reason=reason)]

    def hand_over(self, customer_id: str, now: datetime) -> tuple[Self, list[Event]]:
        """A guest's session, ended because the guest has become this customer."""
        upgraded = replace(self, upgraded_to=customer_id, ended_at=now)
        return upgraded, [GuestUpgraded(guest_id=self.principal_id, customer_id=customer_id)]
