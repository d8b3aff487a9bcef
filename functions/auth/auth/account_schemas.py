"""HTTP models of a customer's own account."""

from dataclasses import asdict
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from auth.domain import CODE_DIGITS, Address, Entry, Session, User
from auth.schemas import EmailText, Locale, PresentPassword, ReplacementPassword, SecondFactorCode
from auth.use_cases import Enrolment, Export, ProfileChange
from minishop.identity import Role
from minishop.schemas import AddressModel, AnswerModel, Line, Phone, RequestModel, Timestamp


class ChangePasswordRequest(RequestModel):
    """The present password, and the one from now on."""

    password: PresentPassword
    new_password: ReplacementPassword


class ChangeEmailRequest(RequestModel):
    """Another mail address, and the present password."""

    new_email: EmailText
    password: PresentPassword


class PhoneRequest(RequestModel):
    """A telephone number; and the present password, unless the session has just begun."""

    phone: Phone
    password: PresentPassword | None = None


class PhoneCodeRequest(RequestModel):
    """The code that was sent to a telephone number."""

    code: Annotated[str, StringConstraints(pattern=rf"^[0-9]{{{CODE_DIGITS}}}$")]


class SessionAnswer(AnswerModel):
    """Somewhere one is signed in."""

    id: str
    current: Annotated[bool, Field(description="Whether it is the one that asks.")]
    user_agent: Annotated[str | None, Field(description="What the client that signed in said it was.")]
    network: Annotated[str | None, Field(description="Where it signed in from, without the address's last part.")]
    started_at: Timestamp
    last_used_at: Timestamp
    expires_at: Timestamp

    @classmethod
    def of(cls, session: Session, current: str) -> "SessionAnswer":
        """From the session, for the session `current`."""
        return cls(
            id=session.id,
            current=session.id == current,
            user_agent=session.user_agent or None,
            network=session.region or None,
            started_at=session.started_at,
            last_used_at=session.rotated_at,
            expires_at=session.expires_at,
        )


class ChangeProfileRequest(RequestModel):
    """What is to be different; what is absent stays as it is."""

    full_name: Line | None = None
    locale: Locale | None = None

    def to_change(self) -> ProfileChange:
        """What the use case takes."""
        return ProfileChange(full_name=self.full_name, locale=self.locale)


class AddressRequest(AddressModel):
    """An address for the book."""

    def to_address(self) -> Address:
        """The value object."""
        return Address(**self.model_dump())


class AddressAnswer(AnswerModel):
    """An address in the book."""

    id: str
    full_name: str
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str
    country: str
    phone: str | None
    version: Annotated[int, Field(description="Of this address: what If-Match takes, in quotes.")]

    @classmethod
    def of(cls, entry: Entry) -> "AddressAnswer":
        """From the book's entry."""
        return cls(id=entry.id, version=entry.version, **asdict(entry.address))


class CodeRequest(RequestModel):
    """The code that an authenticator shows."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class PasswordProof(RequestModel):
    """The present password, which a session that has just begun does without."""

    password: PresentPassword | None = None


class RemoveAuthenticatorRequest(RequestModel):
    """What proves who asks: one of the two."""

    password: PresentPassword | None = None
    code: SecondFactorCode | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.password is not None and self.code is not None:
            raise ValueError("Give the password or a code, not both")
        return self


class EnrolmentAnswer(AnswerModel):
    """What goes into an authenticator, and what is kept in a safe place. Told once."""

    secret: Annotated[str, Field(description="Base 32.")]
    uri: Annotated[str, Field(description="What a QR code shows: `otpauth://totp/…`.")]
    recovery_codes: list[str]

    @classmethod
    def of(cls, enrolment: Enrolment) -> "EnrolmentAnswer":
        """From what the use case gave."""
        return cls(secret=enrolment.secret, uri=enrolment.uri, recovery_codes=list(enrolment.recovery_codes))


class ProfileAnswer(AnswerModel):
    """The customer who calls."""

    id: str
    email: str
    email_verified: bool
    full_name: str
    pending_email: Annotated[str | None, Field(description="Wanted, and not proven yet.")]
    former_email: Annotated[str | None, Field(description="The one before, where a change is told as well.")]
    phone: str | None
    phone_verified: bool
    pending_phone: Annotated[str | None, Field(description="Wanted, and not proven yet.")]
    locale: str
    roles: list[Role]
    second_factor: bool
    version: int
    created_at: Timestamp

    @classmethod
    def of(cls, user: User) -> "ProfileAnswer":
        """From the user."""
        return cls(
            id=user.id,
            email=user.email.address,
            email_verified=user.verified,
            full_name=user.full_name,
            pending_email=user.pending_email.address if user.pending_email else None,
            former_email=user.former_email.address if user.former_email else None,
            phone=user.phone,
            phone_verified=user.phone_verified,
            pending_phone=user.pending_phone,
            locale=user.locale,
            roles=sorted(user.roles),
            second_factor=user.second_factor,
            version=user.version,
            created_at=user.registered_at,
        )


Items = list[dict[str, Any]]
_SHOWN_AT = {
    "orders": "/v1/orders",
    "payments": "/v1/payments?order_id=",
    "shipments": "/v1/shipments/",
    "notifications": "/v1/me/notifications",
}


class ExportAnswer(AnswerModel):
    """All that is held of the customer who calls, secrets left out."""

    made_at: Timestamp
    profile: ProfileAnswer
    addresses: list[AddressAnswer]
    sessions: list[SessionAnswer]
    orders: Annotated[Items, Field(description="As `GET /v1/orders` shows them, the latest first.")]
    payments: Annotated[Items, Field(description="Of these orders, as `GET /v1/payments` shows them.")]
    shipments: Annotated[Items, Field(description="As `GET /v1/shipments/{id}` shows them, the latest first.")]
    notifications: Annotated[Items, Field(description="As `GET /v1/me/notifications` shows them, the latest first.")]
    notification_preferences: Items
    cart: Annotated[dict[str, Any], Field(description="What is in it, and which promotion.")]
    incomplete: Annotated[
        dict[str, str],
        Field(
            description="Lists of which only the latest is here, a thousand or as much as there is room for, and where "
            "all of it is shown. Empty when the export is complete."
        ),
    ]

    @classmethod
    def of(cls, export: Export, current: str) -> "ExportAnswer":
        """From what the use case found, for the session `current`."""
        return cls(
            made_at=export.made_at,
            profile=ProfileAnswer.of(export.user),
            addresses=[AddressAnswer.of(entry) for entry in export.addresses],
            sessions=[SessionAnswer.of(session, current) for session in export.sessions],
            orders=export.orders.items,
            payments=export.payments.items,
            shipments=export.shipments.items,
            notifications=export.notifications.items,
            notification_preferences=export.preferences,
            cart=export.cart,
            incomplete={name: path for name, path in _SHOWN_AT.items() if not getattr(export, name).complete},
        )
