"""Auth's HTTP door."""

from auth import use_cases
from auth.account_routes import account, origin_of
from auth.admin_routes import admin
from auth.domain import (
    InvalidCredentialsError,
    InvalidEmailError,
    InvalidLinkError,
    InvalidRefreshTokenError,
    InvalidSecondFactorError,
    SessionEndedError,
    TooManyAttemptsError,
    WeakPasswordError,
)
from auth.schemas import (
    ForgotPasswordRequest,
    JwkAnswer,
    JwksAnswer,
    LoginAnswer,
    LoginRequest,
    LogoutRequest,
    RefreshRequest,
    RegisterRequest,
    ResetPasswordRequest,
    SecondFactorRequest,
    TokensAnswer,
    VerifyEmailRequest,
)
from auth.use_cases import second_factors
from auth.wiring import ports, signing_keys
from minishop.http import Api, Reply, Request
from minishop.identity import CUSTOMERS
from minishop.schemas import HealthAnswer

KEYS_MAX_AGE_SECONDS = 300

api = Api("auth")


@api.get("/v1/auth/health")
def get_health() -> HealthAnswer:
    """Says that the service answers."""
    return HealthAnswer(status="ok", service="auth")


@api.get("/.well-known/jwks.json")
def get_keys() -> Reply[JwksAnswer]:
    """Lists the public keys that access tokens are verified with."""
    answer = JwksAnswer(keys=[JwkAnswer(kid=key.kid, x=key.x, y=key.y) for key in signing_keys().live()])
    return Reply(answer, headers={"Cache-Control": f"public, max-age={KEYS_MAX_AGE_SECONDS}"})


@api.post("/v1/auth/guest", status=201)
def start_guest(request: Request) -> TokensAnswer:
    """Begins a guest's session: a cart and a checkout without an account."""
    return TokensAnswer.of(use_cases.start_guest(ports(), origin_of(request)))


@api.post("/v1/auth/register", status=202, errors=[InvalidEmailError, WeakPasswordError])
def register(body: RegisterRequest) -> None:
    """Registers a customer. The answer is the same whether the address is free or taken; a mail tells more."""
    registration = use_cases.Registration(
        email=body.email,
        password=body.password,
        full_name=body.full_name,
        phone=body.phone,
        locale=body.locale,
    )
    use_cases.register(ports(), registration)


@api.post("/v1/auth/verify-email", status=204, errors=[InvalidLinkError])
def verify_email(request: Request, body: VerifyEmailRequest) -> None:
    """Proves an address by the token of the link that was mailed to it. Once more changes nothing."""
    use_cases.prove_email(ports(), body.token, origin_of(request))


@api.post("/v1/auth/login", errors=[InvalidEmailError, InvalidCredentialsError, TooManyAttemptsError])
def log_in(request: Request, body: LoginRequest) -> LoginAnswer:
    """Begins a customer's session, and takes over the guest whose refresh token is given.

    Where there is a second factor, the answer is a ticket for `POST /v1/auth/mfa`.
    """
    outcome = use_cases.log_in(
        ports(),
        email=body.email,
        password=body.password,
        guest_refresh_token=body.guest_refresh_token,
        origin=origin_of(request),
    )
    return LoginAnswer.of(outcome)


@api.post("/v1/auth/mfa", errors=[InvalidSecondFactorError, TooManyAttemptsError])
def complete_login(request: Request, body: SecondFactorRequest) -> TokensAnswer:
    """Begins a session by a login's ticket and a code of the authenticator, or a recovery code."""
    tokens = second_factors.complete(ports(), token=body.ticket, code=body.code, origin=origin_of(request))
    return TokensAnswer.of(tokens)


@api.post("/v1/auth/refresh", errors=[InvalidRefreshTokenError])
def refresh(body: RefreshRequest) -> TokensAnswer:
    """Goes on with a session. The refresh token is spent; using it again ends the session."""
    return TokensAnswer.of(use_cases.refresh(ports(), body.refresh_token))


@api.post("/v1/auth/logout", status=204)
def log_out(body: LogoutRequest) -> None:
    """Ends a session. A token that is not good is answered alike."""
    use_cases.log_out(ports(), body.refresh_token)


@api.post("/v1/auth/logout-all", who=CUSTOMERS, status=204, errors=[SessionEndedError])
def log_out_everywhere(request: Request) -> None:
    """Ends all sessions of the customer who calls, this one included."""
    use_cases.log_out_everywhere(ports(), request.principal)


@api.post("/v1/auth/password/forgot", status=202, errors=[InvalidEmailError])
def forgot_password(body: ForgotPasswordRequest) -> None:
    """Has a link mailed that sets a new password. The answer is the same whether there is such a customer or not."""
    use_cases.ask_reset(ports(), body.email)


@api.post("/v1/auth/password/reset", status=204, errors=[InvalidLinkError, WeakPasswordError])
def reset_password(request: Request, body: ResetPasswordRequest) -> None:
    """Sets a new password by the token of the link that was mailed, once. All sessions end."""
    use_cases.reset_password(ports(), token=body.token, new_password=body.new_password, origin=origin_of(request))


api.routes.update(account.routes | admin.routes)

handler = api.handler
