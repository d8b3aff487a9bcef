"""The gate's door: says who calls, or that nobody does. Verifies offline, with public keys that KMS gives now and then.

Imports little: every cold start of the shop goes through here.
"""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from snapshot_restore_py import register_after_restore, register_before_snapshot

from auth.keys import KeyRing, PublicKey, SigningKeys
from auth.tokens import InvalidTokenError, verify_access_token
from minishop import clock
from minishop.deadline import deadline_of
from minishop.identity import to_context

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


def _kms() -> Any:
    from minishop import aws

    return aws.client("kms")


def _fetch() -> list[PublicKey]:
    return SigningKeys(_kms(), os.environ["SIGNING_KEYS"], os.environ["SIGNING_KEY"], clock.system).fetch()


@lru_cache(maxsize=1)
def keys() -> KeyRing:
    """The process's key ring."""
    return KeyRing(_fetch, clock.system)


register_before_snapshot(_kms)  # the client of KMS is most of what a first request waits for
register_after_restore(keys.cache_clear)  # what was a key then may have been withdrawn since


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Answers an HTTP API's authorizer request (payload 2.0) with a simple response.

    Raises Exception("Unauthorized") for a token that is not good: the one way to have the gateway answer 401.
    """
    # API Gateway writes names of headers in lower case, `sam local` as they came.
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    match = _BEARER.fullmatch(headers.get("authorization", "").strip())
    issuer = os.environ["PUBLIC_URL"].rstrip("/")
    token = match.group(1) if match else ""
    try:
        with deadline_of(context):  # killed, it would begin with no keys again
            principal = verify_access_token(token, keys=keys(), issuer=issuer, clock=clock.system)
    except InvalidTokenError as error:
        raise Exception("Unauthorized") from error  # noqa: TRY002  the gateway knows this one by its message
    return {"isAuthorized": True, "context": to_context(principal)}
