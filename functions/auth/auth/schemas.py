"""Auth's HTTP models."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from auth.domain import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, LinkKind, User
from auth.use_cases import Tokens
from minishop.identity import Role
from minishop.schemas import AnswerModel, Line, Phone, RequestModel, Timestamp

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

    token: Annotated[str, StringConstraints(min_length=1, max_length=512)]


class LoginRequest(RequestModel):
    """Credentials; with a guest's refresh token, the guest's cart and orders come along."""

    email: EmailText
    password: Annotated[
        str,
        StringConstraints(min_length=1, max_length=MAX_PASSWORD_LENGTH),
        Field(json_schema_extra={"writeOnly": True}),
    ]
    guest_refresh_token: RefreshTokenText | None = None


class RefreshRequest(RequestModel):
    """A refresh token, which is spent by this."""

    refresh_token: RefreshTokenText


class LogoutRequest(RequestModel):
    """A refresh token of the session that is to end."""

    refresh_token: RefreshTokenText


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


class ProfileAnswer(AnswerModel):
    """The customer who calls."""

    id: str
    email: str
    email_verified: bool
    full_name: str
    phone: str | None
    locale: str
    roles: list[Role]
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
            version=user.version,
            created_at=user.registered_at,
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
    """A customer, for other services."""

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
            phone=user.phone,
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
