"""Guesses at passwords: counted before they are made, so that a thousand at once count too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from auth.domain import (
    TRUST_LIFETIME,
    Allowance,
    Origin,
    TooManyAttemptsError,
    account_allowance,
    password_allowance,
    source_allowance,
)
from auth.use_cases.ports import Ports

NOWHERE = Origin()


@dataclass(frozen=True)
class Guess:
    """One attempt to prove to be an account's owner. What it took is given back when the password was right."""

    account: str
    network: str
    trusted: bool
    taken: tuple[Allowance, ...]
    at: datetime

    @classmethod
    def begin(cls, ports: Ports, account: str, origin: Origin, password: str, now: datetime) -> Self:
        """Counts it against the address, then against the account (`account`: the address of its mail, compared form).

        The same work is done whether there is such an account or not. Raises TooManyAttemptsError.
        """
        throttles = ports.throttles
        trusted = throttles.trusts(account, origin.network, now) and bool(origin.network)
        by_source, by_account = source_allowance(origin.network), account_allowance(account, trusted=trusted)
        if not throttles.take(by_source, now) or not throttles.take(by_account, now):
            raise TooManyAttemptsError(now)
        if throttles.is_used_up(password_allowance(password), now) and not trusted:  # looked up in any case: see above
            raise TooManyAttemptsError(now)
        return cls(account, origin.network, trusted, (by_source, by_account), now)

    def failed(self, ports: Ports, password: str) -> None:
        """It was wrong."""
        ports.throttles.take(password_allowance(password), self.at)

    def proven(self, ports: Ports) -> None:
        """It was right: the owner is known to be here from now on."""
        for allowance in self.taken:
            ports.throttles.give_back(allowance, self.at)
        if self.network:
            ports.throttles.trust(self.account, self.network, self.at + TRUST_LIFETIME)
