"""Users, passwords, addresses, links and sessions: the rules, without a database."""

from auth.domain.emails import EmailAddress, InvalidEmailError
from auth.domain.links import LINK_LIFETIME, InvalidLinkError, Link, LinkKind, link_digest
from auth.domain.passwords import (
    MAX_PASSWORD_LENGTH,
    MIN_PASSWORD_LENGTH,
    WeakPasswordError,
    check_password,
    is_predictable,
    normalise_password,
    password_cores,
)
from auth.domain.sessions import (
    GRACE,
    REFRESH_LIFETIME,
    InvalidRefreshTokenError,
    RefreshToken,
    Session,
    SessionEndedError,
    Verdict,
    access_lifetime,
)
from auth.domain.users import (
    ATTEMPT_INTERVAL,
    RENEWAL_INTERVAL,
    Application,
    CustomerNotFoundError,
    InvalidCredentialsError,
    User,
)

__all__ = [
    "ATTEMPT_INTERVAL",
    "GRACE",
    "LINK_LIFETIME",
    "MAX_PASSWORD_LENGTH",
    "MIN_PASSWORD_LENGTH",
    "REFRESH_LIFETIME",
    "RENEWAL_INTERVAL",
    "Application",
    "CustomerNotFoundError",
    "EmailAddress",
    "InvalidCredentialsError",
    "InvalidEmailError",
    "InvalidLinkError",
    "InvalidRefreshTokenError",
    "Link",
    "LinkKind",
    "RefreshToken",
    "Session",
    "SessionEndedError",
    "User",
    "Verdict",
    "WeakPasswordError",
    "access_lifetime",
    "check_password",
    "is_predictable",
    "link_digest",
    "normalise_password",
    "password_cores",
]
