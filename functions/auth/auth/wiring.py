"""Puts the adapters behind the ports; only doors ask for it.

Argon2 and cryptography are loaded for the doors that need them, not for all.
"""

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from snapshot_restore_py import register_before_snapshot

from auth.digests import SecretDigests
from auth.repository import DeviceTable, PhoneProofTable, SecondFactorTable, SessionTable, ThrottleTable, UserTable
from auth.use_cases import Directory, Ports
from minishop import aws, clock, ids

if TYPE_CHECKING:
    from auth.key_store import KmsKeyStore
    from auth.keys import SigningKeys


@lru_cache(maxsize=1)
def directory() -> Directory:
    """The process's ports, as far as they concern users only."""
    return Directory(
        users=UserTable(), phone_proofs=PhoneProofTable(), digests=SecretDigests(), clock=clock.system, ids=ids.system
    )


@lru_cache(maxsize=1)
def signing_keys() -> "SigningKeys":
    """The keys that access tokens are signed and verified with."""
    from auth.keys import SigningKeys

    return SigningKeys(aws.client("kms"), os.environ["SIGNING_KEYS"], os.environ["SIGNING_KEY"], clock.system)


@lru_cache(maxsize=1)
def key_store() -> "KmsKeyStore":
    """Where those keys are rotated."""
    from auth.key_store import KmsKeyStore

    return KmsKeyStore(aws.client("kms"), os.environ["SIGNING_KEYS"], os.environ["SIGNING_KEY"])


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports."""
    from auth.holdings import InternalHoldings
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
        devices=DeviceTable(),
        phone_proofs=PhoneProofTable(),
        digests=SecretDigests(),
        access_tokens=KmsAccessTokens(aws.client("kms"), issuer, signing_keys().current),
        holdings=InternalHoldings(),
        clock=clock.system,
        ids=ids.system,
    )


register_before_snapshot(ports)  # Argon2, cryptography and the client of KMS take their time
