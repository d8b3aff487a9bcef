"""Access tokens made outside auth: good ones by the shop's own key, and others."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from jwt.utils import der_to_raw_signature

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
Json = Mapping[str, Any]


def encode(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str) -> bytes:
    """What `encode` made, back."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def lower(raw: bytes) -> bytes:
    """Of the two signatures (r, s) and (r, n - s) the one that auth gives out."""
    s = int.from_bytes(raw[32:], "big")
    return raw[:32] + min(s, ORDER - s).to_bytes(32, "big")


def part(value: Any) -> str:
    """A part of a token: JSON, base64url."""
    return encode(json.dumps(value, separators=(",", ":")).encode())


@dataclass(frozen=True)
class Mint:
    """Signs tokens with the key that auth signs with: `sign` gives the raw signature of bytes."""

    header: Json
    claims: Json
    sign: Callable[[bytes], bytes]
    public: bytes = b""  # the key that verifies what it signs, in DER

    def token(self, claims: Json | None = None, header: Json | None = None) -> str:
        """A token with these claims and header fields instead of its own; None takes one out."""
        given = {**self.claims, **(claims or {})}
        stated = {**self.header, **(header or {})}
        return self.sealed(
            part({name: value for name, value in stated.items() if value is not None}),
            part({name: value for name, value in given.items() if value is not None}),
        )

    def sealed(self, header: str, claims: str) -> str:
        """The token of these two parts, as they are, rightly signed."""
        signed = f"{header}.{claims}"
        return f"{signed}.{encode(self.sign(signed.encode()))}"


def like(example: str, kms: Any) -> Mint:
    """A mint whose tokens are like this one: the same key in KMS, by the public key that verifies the example."""
    header, claims, signature = example.split(".")
    key_id = _find_key(kms, f"{header}.{claims}".encode(), decode(signature))

    def sign(message: bytes) -> bytes:
        answer = kms.sign(KeyId=key_id, Message=message, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256")
        return lower(der_to_raw_signature(answer["Signature"], SECP256R1()))

    now = int(time.time())
    fresh = {**json.loads(decode(claims)), "iat": now, "exp": now + 900}
    return Mint(json.loads(decode(header)), fresh, sign, kms.get_public_key(KeyId=key_id)["PublicKey"])


def _find_key(kms: Any, message: bytes, signature: bytes) -> str:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key
    from jwt.utils import raw_to_der_signature

    for listed in kms.list_keys(Limit=1000)["Keys"]:
        described = kms.describe_key(KeyId=listed["KeyId"])["KeyMetadata"]
        if described["KeyUsage"] != "SIGN_VERIFY":
            continue
        key: Any = load_der_public_key(kms.get_public_key(KeyId=listed["KeyId"])["PublicKey"])
        try:
            key.verify(raw_to_der_signature(signature, SECP256R1()), message, ECDSA(SHA256()))
        except (InvalidSignature, ValueError):
            continue
        return str(listed["KeyId"])
    raise AssertionError("no key in KMS has signed this")
