"""HTTP models of what other services ask."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from auth.domain import User
from auth.use_cases import Minted
from minishop.schemas import AnswerModel, RequestModel, Timestamp

PHONE_CODE = "phone_code"


class CustomerAnswer(AnswerModel):
    """A customer, for other services. `phone` is told once it is proven.

    `former_email` was the address until `email_changed_at`.
    """

    id: str
    email: str
    former_email: str | None
    email_changed_at: Timestamp | None
    full_name: str
    phone: str | None
    locale: str
    email_verified: bool

    @classmethod
    def of(cls, user: User) -> "CustomerAnswer":
        """From the user."""
        return cls(
            id=user.id,
            email=user.email.address,
            former_email=user.former_email.address if user.former_email else None,
            email_changed_at=user.email_changed_at,
            full_name=user.full_name,
            phone=user.phone if user.phone_verified else None,
            locale=user.locale,
            email_verified=user.verified,
        )


class MailLinkRequest(RequestModel):
    """A link, or a code, that is wanted for a message."""

    event_id: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    customer_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    kind: Literal["verify_email", "reset_password", "change_email", "phone_code"]


class MailLinkAnswer(AnswerModel):
    """The secret, which is told once and kept nowhere, and where it goes and nowhere else."""

    token: str
    email: str | None
    phone: str | None

    @classmethod
    def of(cls, minted: Minted) -> "MailLinkAnswer":
        """From what the use case made."""
        return cls(token=minted.token, email=minted.email, phone=minted.phone)
