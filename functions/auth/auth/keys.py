"""The signing key, which stays in KMS: its public half, and signatures made with the private one."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from minishop.clock import Clock
from minishop.errors import MinishopError

FETCH_INTERVAL = timedelta(seconds=10)
_COORDINATE_BYTES = 32


class Kms(Protocol):
    """As much of a KMS client as is used here."""

    def get_public_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803  KMS's name for it
        """The answer to GetPublicKey."""
        ...


class KeyUnavailableError(MinishopError):
    """KMS does not give the public key, or gives one that is not on P-256."""


@dataclass(frozen=True)
class PublicKey:
    """A key that access tokens are verified with. `kid` is its RFC 7638 thumbprint."""

    kid: str
    x: str
    y: str
    key: EllipticCurvePublicKey

    @classmethod
    def from_der(cls, der: bytes) -> "PublicKey":
        """From a SubjectPublicKeyInfo. Raises KeyUnavailableError when it is not on P-256."""
        key = load_der_public_key(der)
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
            raise KeyUnavailableError("the signing key is not on P-256")
        numbers = key.public_numbers()
        x, y = _coordinate(numbers.x), _coordinate(numbers.y)
        members = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"))
        return cls(_base64url(hashlib.sha256(members.encode()).digest()), x, y, key)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _coordinate(number: int) -> str:
    return _base64url(number.to_bytes(_COORDINATE_BYTES, "big"))


def fetch_public_key(kms: Kms, key_id: str) -> PublicKey:
    """Asks KMS for the public half. Raises KeyUnavailableError, and botocore's errors."""
    return PublicKey.from_der(kms.get_public_key(KeyId=key_id)["PublicKey"])


class KeyRing:
    """The public keys by `kid`, fetched when needed and then kept.

    Made-up tokens name keys that there are not: a key is asked for once in ten seconds at most.
    """

    def __init__(self, fetch: Callable[[], PublicKey], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, PublicKey] = {}
        self._asked_at: datetime | None = None

    def find(self, kid: str) -> PublicKey | None:
        """The key, or None when there is no such key. Raises KeyUnavailableError when none could be had yet."""
        if kid not in self._keys and self._may_ask():
            self._asked_at = self._clock.now()
            fetched = self._fetch()
            self._keys[fetched.kid] = fetched
        if not self._keys:
            raise KeyUnavailableError("the signing key could not be read a moment ago")
        return self._keys.get(kid)

    def _may_ask(self) -> bool:
        return self._asked_at is None or self._clock.now() - self._asked_at >= FETCH_INTERVAL
