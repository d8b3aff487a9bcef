"""Puts the adapters behind the ports; only doors ask for it.

Argon2 and cryptography are loaded for the doors that need them, not for all.
"""

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from auth.repository import SecondFactorTable, SessionTable, ThrottleTable, UserTable
from auth.use_cases import Directory, Ports
from minishop import aws, clock, ids

if TYPE_CHECKING:
    from auth.keys import PublicKey


@lru_cache(maxsize=1)
def directory() -> Directory:
    """The process's ports, as far as they concern users only."""
    return Directory(users=UserTable(), clock=clock.system, ids=ids.system)


@lru_cache(maxsize=1)
def public_key() -> "PublicKey":
    """The key that access tokens are verified with. One GetPublicKey in the process's life."""
    from auth.keys import fetch_public_key

    return fetch_public_key(aws.client("kms"), os.environ["SIGNING_KEY"])


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    from auth.passwords import Argon2Passwords
    from auth.tokens import KmsAccessTokens
    from auth.totp import KmsSeal, PyotpCodes

    issuer = os.environ["PUBLIC_URL"].rstrip("/")
    return Ports(
        users=UserTable(),
        sessions=SessionTable(),
        throttles=ThrottleTable(),
        passwords=Argon2Passwords(),
        factors=SecondFactorTable(KmsSeal(aws.client("kms"))),
        codes=PyotpCodes(),
        access_tokens=KmsAccessTokens(aws.client("kms"), os.environ["SIGNING_KEY"], issuer, public_key),
        clock=clock.system,
        ids=ids.system,
    )
