"""Links in mails: a secret that proves that whoever has it reads the mailbox."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from minishop.errors import FieldError, InvalidError


class LinkKind(StrEnum):
    """What a link is good for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  a kind, not a secret
    CHANGE_EMAIL = "change_email"

    @property
    def lifetime(self) -> timedelta:
        """How long a link is good."""
        return timedelta(hours=24) if self is LinkKind.VERIFY_EMAIL else timedelta(hours=1)


class InvalidLinkError(InvalidError):
    """The token was never given out, has expired, or belongs to a state of things that is over."""

    code = "invalid_token"
    title = "The link is not valid"

    def __init__(self) -> None:
        super().__init__(
            "The link has expired, was used or was replaced by a later one; ask for a new one.",
            errors=(FieldError("/token", "It is not valid, or not any more."),),
        )


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link as it is kept: without its token, of which only the digest is stored.

    Attributes:
        digest: Of the token, see `link_digest`.
        event_id: Of the event that the mail is about.
        generation: Of what it proves: the user's registration, the password that is to be replaced, or the address
            that is wanted.
    """

    digest: str
    kind: LinkKind
    customer_id: str
    event_id: str
    generation: int
    expires_at: datetime

    def proves(self, generation: int, now: datetime) -> bool:
        """Whether it proves that generation now."""
        return self.generation == generation and now < self.expires_at


def link_digest(kind: LinkKind, token: str) -> str:
    """What is kept of a token, and where: a link of one kind is not found as another.

    The token has 130 random bits: a plain hash cannot be searched.
    """
    return hashlib.sha256(f"{kind.value}:{token}".encode()).hexdigest()
