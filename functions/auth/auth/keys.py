"""The signing keys, which stay in KMS: their public halves.

Which key is which is said by aliases of KMS, `alias/<prefix><slot>`: `current` signs, `next` will, `previous` did and
its last tokens are still good. Until the first rotation there is no alias, and the template's key is the current one.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from minishop.clock import Clock
from minishop.errors import MinishopError

RENEWAL = timedelta(hours=1)
FETCH_INTERVAL = timedelta(seconds=10)
FAILED_INTERVAL = timedelta(seconds=1)
KEPT = timedelta(minutes=5)  # then keys are read again: a new one signs only when it has been published for longer
ABSENT = {"NotFoundException", "KMSInvalidStateException"}
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
    arn: str = ""

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
    answer = kms.get_public_key(KeyId=key_id)
    return replace(PublicKey.from_der(answer["PublicKey"]), arn=answer.get("KeyId", key_id))


class SigningKeys:
    """The keys in KMS. `first` is the key that signs while there are no aliases yet."""

    def __init__(self, kms: Kms, prefix: str, first: str, clock: Clock) -> None:
        self._kms = kms
        self._prefix = prefix
        self._first = first
        self._clock = clock
        self._kept: tuple[datetime, list[PublicKey]] | None = None

    def fetch(self) -> list[PublicKey]:
        """All live keys, the current one first. Four GetPublicKey at most."""
        current = self._find("current") or fetch_public_key(self._kms, self._first)
        others = [key for slot in ("previous", "next") if (key := self._find(slot)) is not None]
        return [current, *(key for key in others if key.kid != current.kid)]

    def _find(self, slot: str) -> PublicKey | None:
        from botocore.exceptions import ClientError  # the authorizer's cold start imports no more than it must

        try:
            return fetch_public_key(self._kms, f"alias/{self._prefix}{slot}")
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return None
            raise

    def live(self) -> list[PublicKey]:
        """All live keys, the current one first, as they were five minutes ago at most."""
        now = self._clock.now()
        if self._kept is None or now - self._kept[0] >= KEPT:
            self._kept = (now, self.fetch())
        return self._kept[1]

    def current(self) -> PublicKey:
        """The key to sign with."""
        return self.live()[0]


class KeyRing:
    """The public keys by `kid`, fetched when needed and then kept for an hour.

    Made-up tokens name keys that there are not: keys are asked for once in ten seconds at most. Only where KMS has
    failed and no key is known, so that nobody gets in, it is asked again after a second.
    """

    def __init__(self, fetch: Callable[[], Iterable[PublicKey]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, PublicKey] = {}
        self._asked_at: datetime | None = None
        self._fetched_at: datetime | None = None

    def find(self, kid: str) -> PublicKey | None:
        """The key, or None when there is no such key. Raises KeyUnavailableError when none could be had yet."""
        now = self._clock.now()
        if (kid not in self._keys or self._is_stale(now)) and self._may_ask(now):
            self._ask(now, needed=kid not in self._keys)
        if not self._keys:
            raise KeyUnavailableError("the signing keys could not be read a moment ago")
        return self._keys.get(kid)

    def _ask(self, now: datetime, *, needed: bool) -> None:
        self._asked_at = now
        try:
            self._keys = {key.kid: key for key in self._fetch()}
        except Exception:
            if needed:
                raise
            return  # what is known is good enough until KMS answers again
        self._fetched_at = now

    def _is_stale(self, now: datetime) -> bool:
        return self._fetched_at is None or now - self._fetched_at >= RENEWAL

    def _may_ask(self, now: datetime) -> bool:
        interval = FETCH_INTERVAL if self._keys else FAILED_INTERVAL
        return self._asked_at is None or now - self._asked_at >= interval
