"""Access tokens: JWTs (RFC 9068), signed with ES256."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_decode, base64url_encode, der_to_raw_signature

from auth.keys import KeyRing, PublicKey
from minishop.clock import Clock
from minishop.identity import Principal, Role

ALGORITHM = "ES256"
AUDIENCE = "minishop"
TYPE = "at+jwt"
MAX_LENGTH = 4096
CLOCK_SKEW = timedelta(seconds=5)  # Lambda's hosts agree better than that

# For each signature (r, s) there is a second good one, (r, n - s): only the one with the lower s is ours.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # n, of P-256
_HALF = 32  # bytes; r and s are as long

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_PRINCIPAL = re.compile(r"(cus|gst)_[0-9a-z]{1,60}")
_REQUIRED = ["iss", "aud", "sub", "roles", "sid", "iat", "exp"]
_ROLES = {role.value: role for role in Role}


class InvalidTokenError(Exception):
    """The text is no access token of ours that is good now. The message says why, for tests and for nobody else."""


class _KmsEs256(ECAlgorithm):
    """ES256 with a private key that KMS keeps: what is handed about as the key is its ARN."""

    def __init__(self, kms: Any) -> None:
        super().__init__(ECAlgorithm.SHA256, SECP256R1)
        self._kms = kms

    def prepare_key(self, key: Any) -> Any:
        """As it is."""
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:
        """KMS answers in DER; JWS wants the two numbers as they are. RAW lets KMS hash (up to 4,096 bytes)."""
        answer = self._kms.sign(KeyId=key, Message=msg, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256")
        raw = der_to_raw_signature(answer["Signature"], SECP256R1())
        s = int.from_bytes(raw[_HALF:], "big")
        return raw[:_HALF] + min(s, _ORDER - s).to_bytes(_HALF, "big")


class KmsAccessTokens:
    """Implements `auth.use_cases.AccessTokens`."""

    def __init__(self, kms: Any, issuer: str, signing_key: Callable[[], PublicKey]) -> None:
        self._issuer = issuer
        self._signing_key = signing_key
        self._jws = jwt.PyJWS(algorithms=[])
        self._jws.register_algorithm(ALGORITHM, _KmsEs256(kms))

    def sign(self, principal: Principal, *, issued_at: datetime, lifetime: timedelta) -> str:
        """The principal's token. One KMS Sign."""
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": principal.id,
            "roles": sorted(role.value for role in principal.roles),
            "sid": principal.session,
            "iat": int(issued_at.timestamp()),
            "exp": int((issued_at + lifetime).timestamp()),
        }
        if principal.guest:
            claims["guest"] = principal.guest
        payload = json.dumps(claims, separators=(",", ":")).encode()
        key = self._signing_key()
        headers = {"typ": TYPE, "kid": key.kid}
        return self._jws.encode(payload, key.arn, algorithm=ALGORITHM, headers=headers)


def verify_access_token(text: str, *, keys: KeyRing, issuer: str, clock: Clock) -> Principal:
    """Whom the token speaks of.

    Raises InvalidTokenError for whatever is not exactly what `KmsAccessTokens` signs, and KeyUnavailableError.
    """
    if len(text) > MAX_LENGTH or not _COMPACT.fullmatch(text):
        raise InvalidTokenError("not a compact JWS")
    _check_form(text.rpartition(".")[2])
    try:
        header = jwt.get_unverified_header(text)
        key = keys.find(_kid(header))
        if key is None:
            raise InvalidTokenError("signed with another key")
        claims = jwt.decode(
            text,
            key.key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=issuer,
            # PyJWT asks the operating system for the time; the times are held against our own clock below.
            options={"require": _REQUIRED, "strict_aud": True, "verify_exp": False, "verify_iat": False},
        )
    except jwt.PyJWTError as error:
        raise InvalidTokenError(str(error)) from error
    _check_times(claims, clock.now())
    return _principal(claims)


def _check_form(signature: str) -> None:
    """A token has one form: nobody makes a second good text of it, not even without changing what it says."""
    try:
        raw = base64url_decode(signature)
    except ValueError as error:
        raise InvalidTokenError("the signature is not base64url") from error
    canonical = base64url_encode(raw).decode() == signature
    if not canonical or len(raw) != 2 * _HALF or int.from_bytes(raw[_HALF:], "big") > _ORDER // 2:
        raise InvalidTokenError("not the form in which signatures are given out")


def _kid(header: dict[str, Any]) -> str:
    if header.get("typ") != TYPE or header.get("alg") != ALGORITHM or "kid" not in header:
        raise InvalidTokenError("not the header of an access token")
    return str(header["kid"])


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    issued, expires = claims["iat"], claims["exp"]
    if type(issued) is not int or type(expires) is not int:
        raise InvalidTokenError("times are whole seconds")
    if not issued <= (now + CLOCK_SKEW).timestamp() or not now.timestamp() < expires:
        raise InvalidTokenError("expired, or not issued yet")


def _principal(claims: dict[str, Any]) -> Principal:
    subject, session, names, guest = claims["sub"], claims["sid"], claims["roles"], claims.get("guest")
    if not isinstance(names, list) or not names or not all(name in _ROLES for name in names if isinstance(name, str)):
        raise InvalidTokenError("roles that there are not")
    texts = [subject, session, *names, *([] if guest is None else [guest])]
    if not all(isinstance(text, str) and text for text in texts) or not _PRINCIPAL.fullmatch(subject):
        raise InvalidTokenError("claims of the wrong type")
    return Principal(subject, frozenset(_ROLES[name] for name in names), session, guest, claims["exp"])
