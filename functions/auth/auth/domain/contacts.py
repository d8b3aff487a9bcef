"""Another mail address or telephone number: wanted, then proven; it counts from then on and not before.

A mail address is proven by a link that is mailed to it, a number by a code that is sent to it. A code is short: it is
good for ten minutes and five tries, and what is kept of it is a keyed hash.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from auth.domain.emails import EmailAddress
from auth.domain.users import User
from minishop.contracts.auth import EmailChanged, EmailChangeRequested, PhoneCodeRequested, PhoneVerified
from minishop.errors import FieldError, InvalidError
from minishop.events import Event

CODE_LIFETIME = timedelta(minutes=10)
CODE_TRIES = 5
CODE_DIGITS = 6
MAX_CODES = 3  # a message that is made twice has two codes, and either may be the one that arrives


class InvalidPhoneCodeError(InvalidError):
    """The code is not the one that was sent, or not good any more, or there is none."""

    code = "invalid_code"
    title = "The code is not valid"

    def __init__(self) -> None:
        super().__init__(
            "Type the code of the latest message, or ask for another one.",
            errors=(FieldError("/code", "It is not valid, or not any more."),),
        )


def want_email(user: User, email: EmailAddress) -> tuple[User, list[Event]]:
    """Another address is wanted. Links for one that was wanted earlier are good no more."""
    wanted = replace(user, pending_email=email, email_request=user.email_request + 1)
    return wanted, [EmailChangeRequested(customer_id=user.id)]


def prove_email(user: User, email: EmailAddress, now: datetime) -> tuple[User, list[Event]]:
    """The wanted address is proven, and takes the other's place. What was mailed there is good no more.

    The same in other letters is the same mailbox, and nobody is to be told.
    """
    generation = user.password_generation + 1
    changed = replace(user, email=email, pending_email=None, password_generation=generation)
    if email.key == user.email.key:
        return changed, []
    return replace(changed, former_email=user.email, email_changed_at=now), [EmailChanged(customer_id=user.id)]


def want_phone(user: User, phone: str) -> tuple[User, list[Event]]:
    """A number is wanted. Codes for one that was wanted earlier are good no more."""
    wanted = replace(user, pending_phone=phone, phone_request=user.phone_request + 1)
    return wanted, [PhoneCodeRequested(customer_id=user.id)]


def prove_phone(user: User, phone: str) -> tuple[User, list[Event]]:
    """The number is proven. Again: nothing changes."""
    if user.pending_phone is None and user.phone_verified and user.phone == phone:
        return user, []
    proven = replace(user, phone=phone, phone_verified=True, pending_phone=None)
    return proven, [PhoneVerified(customer_id=user.id)]


@dataclass(frozen=True, kw_only=True)
class PhoneProof:
    """What proves a number that a customer wants: the codes that were made for it.

    Attributes:
        phone: The number that they prove.
        request: Counts the numbers that the customer wanted.
        digests: Keyed hashes of the codes, the latest last.
        tries: How often somebody has tried.
        version: Of what is stored; 0: nothing is.
    """

    customer_id: str
    phone: str
    request: int
    digests: tuple[str, ...]
    expires_at: datetime
    tries: int = 0
    version: int = 0

    @classmethod
    def begin(cls, user: User, phone: str, found: Self | None) -> Self:
        """What is kept for the number that the user wants now, or a new one in the place of what is kept."""
        if found is not None and found.request == user.phone_request:
            return found
        return cls(
            customer_id=user.id,
            phone=phone,
            request=user.phone_request,
            digests=(),
            expires_at=user.registered_at,
            version=found.version if found else 0,
        )

    def add(self, digest: str, expires_at: datetime) -> Self:
        """With one more. Tries count on: another message is no other chance."""
        return replace(self, digests=(*self.digests, digest)[-MAX_CODES:], expires_at=expires_at)

    def proves(self, digest: str, request: int, now: datetime) -> bool:
        """Whether the code with this digest proves the number that is wanted."""
        return self.request == request and now < self.expires_at and digest in self.digests
