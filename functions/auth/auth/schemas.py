"""Auth's HTTP models."""

from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import Field, RootModel, StringConstraints

from auth.domain import (
    MAX_PASSWORD_LENGTH,
    MIN_LENGTH_WITH_SECOND_FACTOR,
    MIN_PASSWORD_LENGTH,
    Address,
    Entry,
    LinkKind,
    Session,
    User,
    UserSummary,
)
from auth.use_cases import Awaited, Enrolment, Export, ProfileChange, Tokens
from minishop.identity import Role
from minishop.schemas import AddressModel, AnswerModel, Line, Phone, RequestModel, Timestamp

RoleName = Literal["customer", "support", "warehouse", "admin"]
EmailText = Annotated[
    str,
    StringConstraints(min_length=3, max_length=254),
    Field(json_schema_extra={"format": "idn-email"}, description="Compared without regard to case."),
]
NewPassword = Annotated[
    str,
    StringConstraints(min_length=MIN_PASSWORD_LENGTH, max_length=MAX_PASSWORD_LENGTH),
    Field(description="Common, repeated and keyboard-made ones are refused.", json_schema_extra={"writeOnly": True}),
]
Locale = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$"),
    Field(description="BCP 47: a language, and a region if wanted."),
]
PresentPassword = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_PASSWORD_LENGTH),
    Field(json_schema_extra={"writeOnly": True}),
]
LinkToken = Annotated[str, StringConstraints(min_length=1, max_length=512)]
ReplacementPassword = Annotated[
    str,
    StringConstraints(min_length=MIN_LENGTH_WITH_SECOND_FACTOR, max_length=MAX_PASSWORD_LENGTH),
    Field(
        description="Common, repeated and keyboard-made ones are refused, and without a second factor all that are "
        f"shorter than {MIN_PASSWORD_LENGTH} characters.",
        json_schema_extra={"writeOnly": True},
    ),
]
RefreshTokenText = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class RegisterRequest(RequestModel):
    """Somebody who wants an account."""

    email: EmailText
    password: NewPassword
    full_name: Line
    phone: Phone | None = None
    locale: Locale = "en"


class VerifyEmailRequest(RequestModel):
    """The token of a link in a mail."""

    token: LinkToken


class LoginRequest(RequestModel):
    """Credentials; with a guest's refresh token, the guest's cart and orders come along."""

    email: EmailText
    password: PresentPassword
    guest_refresh_token: RefreshTokenText | None = None


class RefreshRequest(RequestModel):
    """A refresh token, which is spent by this."""

    refresh_token: RefreshTokenText


class LogoutRequest(RequestModel):
    """A refresh token of the session that is to end."""

    refresh_token: RefreshTokenText


class ForgotPasswordRequest(RequestModel):
    """Whose password is forgotten."""

    email: EmailText


class ResetPasswordRequest(RequestModel):
    """The token of a link in a mail, and the password from now on."""

    token: LinkToken
    new_password: ReplacementPassword


class ChangePasswordRequest(RequestModel):
    """The present password, and the one from now on."""

    password: PresentPassword
    new_password: ReplacementPassword


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


class TokensAnswer(AnswerModel):
    """What to go on with."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  the scheme's name
    expires_in: Annotated[int, Field(description="Of the access token, in seconds.")]
    refresh_token: str

    @classmethod
    def of(cls, tokens: Tokens) -> "TokensAnswer":
        """From what a use case gave."""
        return cls(access_token=tokens.access_token, expires_in=tokens.expires_in, refresh_token=tokens.refresh_token)


class TicketAnswer(AnswerModel):
    """The password was right; the second factor is awaited."""

    mfa_required: Literal[True] = True
    ticket: Annotated[str, Field(description="Good once, for five minutes.")]


class LoginAnswer(RootModel[TokensAnswer | TicketAnswer]):
    """Tokens, or a ticket for the second factor."""

    @classmethod
    def of(cls, outcome: Tokens | Awaited) -> "LoginAnswer":
        """From what the use case gave."""
        if isinstance(outcome, Awaited):
            return cls(TicketAnswer(ticket=outcome.ticket))
        return cls(TokensAnswer.of(outcome))


class SecondFactorRequest(RequestModel):
    """A ticket, and a code of the authenticator or a recovery code."""

    ticket: LinkToken
    code: Annotated[str, StringConstraints(min_length=6, max_length=32)]


class CodeRequest(RequestModel):
    """The code that an authenticator shows."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


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
    phone: str | None
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
            phone=user.phone,
            locale=user.locale,
            roles=sorted(user.roles),
            second_factor=user.second_factor,
            version=user.version,
            created_at=user.registered_at,
        )


class ExportAnswer(AnswerModel):
    """All that is held of the customer who calls, secrets left out."""

    made_at: Timestamp
    profile: ProfileAnswer
    addresses: list[AddressAnswer]
    sessions: list[SessionAnswer]
    elsewhere: Annotated[dict[str, str], Field(description="Where the other services show what they hold.")]

    @classmethod
    def of(cls, export: Export, current: str) -> "ExportAnswer":
        """From what the use case found, for the session `current`."""
        return cls(
            made_at=export.made_at,
            profile=ProfileAnswer.of(export.user),
            addresses=[AddressAnswer.of(entry) for entry in export.addresses],
            sessions=[SessionAnswer.of(session, current) for session in export.sessions],
            elsewhere={"cart": "/v1/cart", "orders": "/v1/orders", "notifications": "/v1/me/notifications"},
        )


class RolesRequest(RequestModel):
    """The roles that a user is to have; that of a customer comes by itself."""

    roles: Annotated[list[RoleName], Field(max_length=4)]


class UserAnswer(AnswerModel):
    """A user, as administrators see one."""

    id: str
    email: str
    email_verified: bool
    full_name: str
    roles: list[Role]
    second_factor: bool
    disabled_at: Timestamp | None
    created_at: Timestamp
    version: Annotated[int, Field(description="What If-Match takes, in quotes.")]

    @classmethod
    def of(cls, user: UserSummary) -> "UserAnswer":
        """From the user."""
        return cls(
            id=user.id,
            email=user.email,
            email_verified=user.verified,
            full_name=user.full_name,
            roles=sorted(user.roles),
            second_factor=user.second_factor,
            disabled_at=user.disabled_at,
            created_at=user.registered_at,
            version=user.version,
        )


class JwkAnswer(AnswerModel):
    """A public key (RFC 7517)."""

    kty: Literal["EC"] = "EC"
    crv: Literal["P-256"] = "P-256"
    alg: Literal["ES256"] = "ES256"
    use: Literal["sig"] = "sig"
    kid: str
    x: str
    y: str


class JwksAnswer(AnswerModel):
    """The keys that access tokens are verified with."""

    keys: list[JwkAnswer]


class CustomerAnswer(AnswerModel):
    """A customer, for other services. `phone` is told once it is proven."""

    id: str
    email: str
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
            full_name=user.full_name,
            phone=user.phone if user.phone_verified else None,
            locale=user.locale,
            email_verified=user.verified,
        )


class MailLinkRequest(RequestModel):
    """A link that is wanted for a mail."""

    event_id: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    customer_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    kind: Annotated[LinkKind, Field(strict=False)]


class MailLinkAnswer(AnswerModel):
    """The link's secret, which is told once and kept nowhere."""

    token: str
