"""Throttling: how many wrong guesses there may be, of whom and from where.

Failures are counted in windows of a quarter of an hour that begin at the full quarter, so nobody waits longer than
that. Any hour touches five windows at most: five times 15 + 5 makes the 100 guesses that an account stands in an hour,
whoever makes them. Places where the owner has signed in before have a budget of their own, which guesses from
elsewhere cannot use up: the owner is not locked out by an attack. Once it is used up, the common one is drawn on, so
that whoever shares such a place with the owner locks nobody out any sooner. Somebody in a new place can have a link
mailed, and the place from where that link is used counts as known from then on.

Codes of the second factor are guessed at by who knows the password: in a window 10 times in all, 4 of them from one
network that is not known, and 5 times besides from the known places; and 5 times by who has a session and wants the
factor removed. That too makes 100 in an hour. A place becomes known only when all factors were given.

One address guessing at many accounts runs into its own limit; one password tried on many accounts from many
addresses runs into that password's.
"""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from minishop.errors import ThrottledError

WINDOW = timedelta(minutes=15)
TRUST_LIFETIME = timedelta(days=90)
ACCOUNT_LIMIT = 15
TRUSTED_LIMIT = 5
SOURCE_LIMIT = 60
PASSWORD_LIMIT = 50
CODE_LIMIT = 10
NETWORK_CODE_LIMIT = 4
TRUSTED_CODE_LIMIT = 5
REMOVAL_LIMIT = 5
REQUEST_LIMIT = 3
NUMBER_LIMIT = 5
_PASSWORD_BITS = 20  # enough to tell sprayed passwords apart, too few to find out a password by
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TooManyAttemptsError(ThrottledError):
    """Too many wrong guesses of late; told alike whether the account exists or not."""

    code = "too_many_attempts"
    title = "Too many attempts"

    def __init__(self, now: datetime) -> None:
        wait = math.ceil((window_of(now) + WINDOW - now).total_seconds())
        super().__init__("Too many attempts failed; wait, or have a link mailed.", retry_after=wait)


@dataclass(frozen=True)
class Origin:
    """Where a request comes from: its address, and what the client says it is."""

    source: str = ""
    user_agent: str = ""

    @property
    def network(self) -> str:
        """What one party holds: an IPv4 address, or an IPv6 network of 64 bits. Empty when it is neither."""
        return _network(self.source, 32, 64)

    @property
    def region(self) -> str:
        """The address as its owner may be shown it later: the last part is left out."""
        return _network(self.source, 24, 48)


def _network(source: str, bits_4: int, bits_6: int) -> str:
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    bits = bits_4 if address.version == 4 else bits_6
    return str(ipaddress.ip_network((address, bits), strict=False))


def window_of(now: datetime) -> datetime:
    """The beginning of the window that `now` lies in."""
    return now - (now - _EPOCH) % WINDOW


@dataclass(frozen=True)
class Allowance:
    """So many failures a window. `subject` is digested: what is kept names no address and no password."""

    name: str
    subject: str
    limit: int

    def bucket(self, now: datetime) -> str:
        """The counter's name in the window that `now` lies in."""
        return f"{self.name}#{self.subject}#{int(window_of(now).timestamp())}"


def digest(*parts: str) -> str:
    """A name for what these parts name, which does not say it."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


Way = tuple[Allowance, ...]
"""Allowances of which a guess takes one each. Where there are several ways, the first that has room is taken."""


def account_ways(account: str, *, trusted: bool) -> tuple[Way, ...]:
    """Guesses at one account, whether it exists or not."""
    common = (Allowance("account", digest(account), ACCOUNT_LIMIT),)
    return ((Allowance("trusted", digest(account), TRUSTED_LIMIT),), common) if trusted else (common,)


def second_factor_ways(customer_id: str, network: str, *, trusted: bool) -> tuple[Way, ...]:
    """Guesses at the second factor of one customer, by who has given the password."""
    common = (
        Allowance("mfa-network", digest(customer_id, network), NETWORK_CODE_LIMIT),
        Allowance("mfa", customer_id, CODE_LIMIT),
    )
    return ((Allowance("mfa-trusted", customer_id, TRUSTED_CODE_LIMIT),), common) if trusted else (common,)


def removal_allowance(customer_id: str) -> Allowance:
    """Guesses at the second factor of one customer, by who has a session and would remove it."""
    return Allowance("removal", customer_id, REMOVAL_LIMIT)


def source_allowance(network: str) -> Allowance:
    """Guesses from one address at whatever account."""
    return Allowance("source", digest(network), SOURCE_LIMIT)


def password_allowance(password: str) -> Allowance:
    """Failures of one password at whatever account: counted when it was wrong, so a right one is never digested."""
    bits = int.from_bytes(hashlib.sha256(password.encode()).digest()[:4], "big") >> (32 - _PASSWORD_BITS)
    return Allowance("password", f"{bits:05x}", PASSWORD_LIMIT)


def request_allowance(purpose: str, customer_id: str) -> Allowance:
    """Messages that one customer has sent to an address or number that may be anybody's."""
    return Allowance(purpose, customer_id, REQUEST_LIMIT)


def number_allowance(keyed_digest: str) -> Allowance:
    """Codes sent to one telephone number, whoever wants them."""
    return Allowance("number", keyed_digest, NUMBER_LIMIT)


def code_allowance(purpose: str, customer_id: str) -> Allowance:
    """Guesses at short codes of one customer."""
    return Allowance(purpose, customer_id, CODE_LIMIT)
