"""Guesses at passwords: counted before they are made, so that a thousand at once count too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from auth.domain import (
    TRUST_LIFETIME,
    Origin,
    TooManyAttemptsError,
    Way,
    account_ways,
    password_allowance,
    source_allowance,
)
from auth.use_cases.ports import Ports

NOWHERE = Origin()


def take(ports: Ports, ways: Iterable[Way], now: datetime) -> Way:
    """Counts an attempt where there is room first. Raises TooManyAttemptsError when there is none."""
    for way in ways:
        if all(ports.throttles.take(allowance, now) for allowance in way):
            return way
    raise TooManyAttemptsError(now)


def give_back(ports: Ports, taken: Way, now: datetime) -> None:
    """It was the owner."""
    for allowance in taken:
        ports.throttles.give_back(allowance, now)


def is_known(ports: Ports, account: str, origin: Origin, now: datetime) -> bool:
    """Whether the owner of the account has been in this place; looked up in any case, which takes the same time."""
    return ports.throttles.trusts(account, origin.network, now) and bool(origin.network)


def make_known(ports: Ports, account: str, origin: Origin, now: datetime) -> None:
    """The owner of the account is here: all that is asked for has been given."""
    if origin.network:
        ports.throttles.trust(account, origin.network, now + TRUST_LIFETIME)


@dataclass(frozen=True)
class Guess:
    """One attempt to prove to be an account's owner. What it took is given back when the password was right."""

    account: str
    origin: Origin
    taken: Way
    at: datetime

    @classmethod
    def begin(cls, ports: Ports, account: str, origin: Origin, password: str, now: datetime) -> Self:
        """Counts it against the address, then against the account (`account`: the address of its mail, compared form).

        The same work is done whether there is such an account or not. Raises TooManyAttemptsError.
        """
        trusted = is_known(ports, account, origin, now)
        by_source = take(ports, [(source_allowance(origin.network),)], now)
        by_account = take(ports, account_ways(account, trusted=trusted), now)
        used_up = ports.throttles.is_used_up(password_allowance(password), now)  # looked up in any case: see above
        if used_up and not trusted:
            raise TooManyAttemptsError(now)
        return cls(account, origin, (*by_source, *by_account), now)

    def failed(self, ports: Ports, password: str) -> None:
        """It was wrong."""
        ports.throttles.take(password_allowance(password), self.at)

    def proven(self, ports: Ports, *, is_all: bool) -> None:
        """It was right. `is_all`: and nothing else is asked for, so that it is the owner who is here."""
        give_back(ports, self.taken, self.at)
        if is_all:
            make_known(ports, self.account, self.origin, self.at)
