"""Auth's HTTP models."""

from typing import Annotated, Literal

from pydantic import Field, RootModel, StringConstraints

from auth.domain import (
    MAX_PASSWORD_LENGTH,
    MIN_LENGTH_WITH_SECOND_FACTOR,
    MIN_PASSWORD_LENGTH,
    UserSummary,
)
from auth.use_cases import Awaited, Tokens
from minishop.identity import Role
from minishop.schemas import AnswerModel, Line, Phone, RequestModel, Timestamp

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
SecondFactorCode = Annotated[
    str,
    StringConstraints(min_length=6, max_length=32),
    Field(description="What the authenticator shows, or a recovery code.", json_schema_extra={"writeOnly": True}),
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
    code: SecondFactorCode


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
