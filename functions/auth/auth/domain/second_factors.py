"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for who has lost it.

A code counts once: the time step of the last one is kept, and only later steps are accepted. Recovery codes are kept
as digests and struck off as they are used. Between password and code there is a ticket.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from minishop.errors import ConflictError, FieldError, ForbiddenError, InvalidError, UnauthenticatedError
from minishop.ids import Ids

TICKET_LIFETIME = timedelta(minutes=5)
RECOVERY_CODES = 10
_GROUP = 4
_CODE_LENGTH = 16  # of 32 letters and digits: 80 bits


class InvalidCodeError(InvalidError):
    """The code is not the one that the authenticator shows now."""

    code = "invalid_code"
    title = "The code is not valid"

    def __init__(self) -> None:
        super().__init__("Wait for the next code and try again.", errors=(FieldError("/code", "It is not valid now."),))


class InvalidSecondFactorError(UnauthenticatedError):
    """The ticket is unknown, used or expired, or the code is wrong: told alike."""

    code = "invalid_second_factor"
    title = "The second factor is not valid"

    def __init__(self) -> None:
        super().__init__("Try the next code, or sign in again for another ticket.")


class SecondFactorExistsError(ConflictError):
    """There is a second factor already."""

    code = "second_factor_exists"
    title = "There is a second factor already"

    def __init__(self) -> None:
        super().__init__("Remove the present authenticator first.")


class ProofNeededError(ForbiddenError):
    """A session alone is not enough: it may be stolen."""

    code = "proof_needed"
    title = "Prove once more who you are"

    def __init__(self) -> None:
        super().__init__("Give the password once more, or where there is a second factor one of its codes.")


class SecondFactorNeededError(ConflictError):
    """The password is too short to do without a second factor."""

    code = "second_factor_needed"
    title = "The second factor is needed"

    def __init__(self) -> None:
        super().__init__("Set a longer password first.")


@dataclass(frozen=True, kw_only=True)
class SecondFactor:
    """A customer's authenticator.

    Attributes:
        secret: What the authenticator knows, in base 32.
        recovery: Digests of the recovery codes that are left.
        confirmed: Whether a code has shown that the authenticator works; it counts from then on.
        last_step: Of the code that was accepted last, in units of 30 s since 1970.
    """

    customer_id: str
    secret: str = field(repr=False)
    recovery: tuple[str, ...]
    confirmed: bool = False
    last_step: int = 0
    version: int = 0

    @classmethod
    def begin(cls, customer_id: str, secret: str, ids: Ids, version: int) -> tuple[Self, tuple[str, ...]]:
        """An authenticator that is to be confirmed, and its recovery codes, which are told once."""
        codes = tuple(_recovery_code(ids) for _ in range(RECOVERY_CODES))
        digests = tuple(_recovery_digest(customer_id, code) for code in codes)
        return cls(customer_id=customer_id, secret=secret, recovery=digests, version=version), codes

    def confirm(self, step: int) -> Self:
        """It works."""
        return replace(self, confirmed=True, last_step=step)

    def accept(self, code: str, step: int | None) -> Self | None:
        """What is left of it when the code is good, None when it is not. `step`: which step's code it is, if any's."""
        if not self.confirmed:
            return None
        if step is not None and step > self.last_step:
            return replace(self, last_step=step)
        used = _recovery_digest(self.customer_id, code)
        if used in self.recovery:
            return replace(self, recovery=tuple(digest for digest in self.recovery if digest != used))
        return None


def _recovery_code(ids: Ids) -> str:
    text = ids.new("rec").partition("_")[2][:_CODE_LENGTH]
    return "-".join(text[start : start + _GROUP] for start in range(0, _CODE_LENGTH, _GROUP))


def _recovery_digest(customer_id: str, code: str) -> str:
    plain = "".join(code.lower().split()).replace("-", "")
    return hashlib.sha256(f"{customer_id}:{plain}".encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """That the password was right; the second factor is awaited.

    Attributes:
        digest: Of the ticket's token, which is kept nowhere.
        generation: The user's count of sessions when the password was right.
        guest_id: The guest who is to be taken over, with
        guest_session: the guest's session.
    """

    digest: str
    customer_id: str
    generation: int
    expires_at: datetime
    guest_id: str | None = None
    guest_session: str | None = None


def ticket_digest(token: str) -> str:
    """What is kept of a ticket's token."""
    return hashlib.sha256(f"ticket:{token}".encode()).hexdigest()
