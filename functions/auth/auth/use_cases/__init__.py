"""What auth does, as functions over `Ports`."""

from auth.use_cases.accounts import (
    Appointment,
    Registration,
    appoint,
    mint_link,
    read_customer,
    register,
    unproven,
    verify_email,
)
from auth.use_cases.ports import AccessTokens, Directory, Passwords, Ports, Sessions, Users
from auth.use_cases.sessions import Tokens, log_in, log_out, read_profile, refresh, start_guest

__all__ = [
    "AccessTokens",
    "Appointment",
    "Directory",
    "Passwords",
    "Ports",
    "Registration",
    "Sessions",
    "Tokens",
    "Users",
    "appoint",
    "log_in",
    "log_out",
    "mint_link",
    "read_customer",
    "read_profile",
    "refresh",
    "register",
    "start_guest",
    "unproven",
    "verify_email",
]
