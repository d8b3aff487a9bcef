"""Access tokens: what is signed is accepted, and nothing else is."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth.keys import FETCH_INTERVAL, KeyRing, KeyUnavailableError, PublicKey, fetch_public_key
from auth.tokens import InvalidTokenError, KmsAccessTokens, verify_access_token
from minishop.identity import Principal, Role
from tests.gate.mint import ORDER, decode, encode, lower
from tests.times import NOON, FixedClock

ISSUER = "http://127.0.0.1:3000"
ADA = Principal("cus_ada", frozenset({Role.CUSTOMER, Role.ADMIN}), "ses_1", "gst_1")
NOW = int(NOON.timestamp())


def der(key: Any) -> bytes:
    raw: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return raw


class FakeKms:
    """A KMS with one key, which signs as the real one does."""

    def __init__(self, key: Any) -> None:
        self.key = key
        self.fetched = 0
        self.broken = False

    def get_public_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803
        self.fetched += 1
        if self.broken:
            raise TimeoutError(KeyId)
        return {"PublicKey": der(self.key)}

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, Any]:  # noqa: N803
        assert (KeyId, MessageType, SigningAlgorithm) == ("key-arn", "RAW", "ECDSA_SHA_256")
        assert len(Message) <= 4096, "KMS takes no longer raw messages"
        return {"Signature": self.key.sign(Message, ec.ECDSA(SHA256()))}


@pytest.fixture(scope="module")
def private() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def kms(private: ec.EllipticCurvePrivateKey) -> FakeKms:
    return FakeKms(private)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def ring(kms: FakeKms, clock: FixedClock) -> KeyRing:
    return KeyRing(lambda: [fetch_public_key(kms, "key-arn")], clock)


@pytest.fixture
def verify(ring: KeyRing, clock: FixedClock) -> Callable[[str], Principal]:
    return lambda text: verify_access_token(text, keys=ring, issuer=ISSUER, clock=clock)


def sign(kms: FakeKms, principal: Principal = ADA) -> str:
    tokens = KmsAccessTokens(kms, ISSUER, lambda: fetch_public_key(kms, "key-arn"))
    return tokens.sign(principal, issued_at=NOON, lifetime=timedelta(minutes=15))


def test_what_was_signed_is_read_back(kms: FakeKms, verify: Callable[[str], Principal]) -> None:
    assert verify(sign(kms)) == replace(ADA, expires_at=NOW + 900)
    nobody = Principal("gst_1", frozenset({Role.GUEST}), "ses_2")
    assert verify(sign(kms, nobody)) == replace(nobody, expires_at=NOW + 900)


def test_header_and_claims_are_those_of_the_contract(kms: FakeKms) -> None:
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in sign(kms).split(".")[:2])
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": PublicKey.from_der(der(kms.key)).kid}
    assert claims == {
        "iss": ISSUER,
        "aud": "minishop",
        "sub": "cus_ada",
        "roles": ["admin", "customer"],
        "sid": "ses_1",
        "iat": NOW,
        "exp": NOW + 900,
        "guest": "gst_1",
    }


def test_the_key_s_id_is_its_rfc_7638_thumbprint(kms: FakeKms) -> None:
    key = PublicKey.from_der(der(kms.key))
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(kms.key.public_key(), as_dict=True)
    assert (key.x, key.y) == (jwk["x"], jwk["y"])
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    assert key.kid == base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).decode().rstrip("=")


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)])
def test_a_key_of_another_kind_is_not_used(key: Any) -> None:
    with pytest.raises(KeyUnavailableError):
        PublicKey.from_der(der(key))


def test_a_token_ends_with_its_time(kms: FakeKms, verify: Callable[[str], Principal], clock: FixedClock) -> None:
    token = sign(kms)
    clock.pass_time(seconds=899)
    assert verify(token).id == ADA.id
    clock.pass_time(seconds=1)
    with pytest.raises(InvalidTokenError):
        verify(token)


GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "minishop",
    "sub": "cus_ada",
    "roles": ["customer"],
    "sid": "ses_1",
    "iat": NOW,
    "exp": NOW + 900,
}
WRONG_CLAIMS: list[dict[str, Any]] = [
    {"iss": "https://evil.example"},
    {"iss": None},
    {"iss": [ISSUER]},
    {"aud": "another"},
    {"aud": ["minishop"]},
    {"aud": None},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"sub": "service:orders"},
    {"sub": "cus_ada\n"},
    {"roles": None},
    {"roles": []},
    {"roles": "admin"},
    {"roles": ["root"]},
    {"roles": ["admin", "root"]},
    {"roles": ["admin", 7]},
    {"roles": ["admin", None]},
    {"roles": [["admin"]]},
    {"roles": {"admin": True}},
    {"sid": None},
    {"sid": ""},
    {"sid": 7},
    {"guest": ""},
    {"guest": 7},
    {"exp": None},
    {"exp": str(NOW + 900)},
    {"exp": NOW + 900.5},
    {"exp": True},
    {"exp": NOW},
    {"exp": -1},
    {"iat": None},
    {"iat": "now"},
    {"iat": NOW + 60},
    {"iat": float("nan")},
    {"nbf": 2**40},
]


def forge(key: Any, claims: dict[str, Any], kid: str, /, *, algorithm: str = "ES256", **header: Any) -> str:
    headers = {"typ": "at+jwt", "kid": kid} | header
    payload = json.dumps({name: value for name, value in claims.items() if value is not None}).encode()
    signed, _, signature = jwt.PyJWS().encode(payload, key, algorithm, headers=headers).rpartition(".")
    return f"{signed}.{encode(lower(decode(signature))) if algorithm == 'ES256' else signature}"


@pytest.mark.parametrize("changes", WRONG_CLAIMS, ids=str)
def test_claims_that_are_wrong_are_refused_though_well_signed(
    changes: dict[str, Any], kms: FakeKms, verify: Callable[[str], Principal]
) -> None:
    kid = PublicKey.from_der(der(kms.key)).kid
    assert verify(forge(kms.key, GOOD, kid)).id == "cus_ada"
    with pytest.raises(InvalidTokenError):
        verify(forge(kms.key, GOOD | changes, kid))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "at+JWT"},
        {"typ": None},
        {"kid": "another"},
        {"kid": ""},
        {"crit": ["exp"]},
        {"crit": []},
    ],
    ids=str,
)
def test_headers_that_are_wrong_are_refused_though_well_signed(
    header: dict[str, Any], kms: FakeKms, verify: Callable[[str], Principal]
) -> None:
    kid = PublicKey.from_der(der(kms.key)).kid
    with pytest.raises(InvalidTokenError):
        verify(forge(kms.key, GOOD, kid, **header))


def test_other_keys_and_algorithms_are_refused(kms: FakeKms, verify: Callable[[str], Principal]) -> None:
    key = PublicKey.from_der(der(kms.key))
    secret = base64.urlsafe_b64decode(key.x + "==")
    another = ec.generate_private_key(ec.SECP256R1())
    embedded = jwt.algorithms.ECAlgorithm.to_jwk(another.public_key(), as_dict=True)
    forged = [
        forge(another, GOOD, key.kid),
        forge(another, GOOD, key.kid, jwk=embedded),
        forge(another, GOOD, key.kid, jku="https://evil.example/jwks.json"),
        forge(None, GOOD, key.kid, algorithm="none"),
        forge(secret, GOOD, key.kid, algorithm="HS256"),
        forge(ec.generate_private_key(ec.SECP384R1()), GOOD, key.kid, algorithm="ES384"),
        forge(rsa.generate_private_key(65537, 2048), GOOD, key.kid, algorithm="RS256"),
    ]
    for token in forged:
        with pytest.raises(InvalidTokenError):
            verify(token)


def test_a_signature_has_one_form(kms: FakeKms, verify: Callable[[str], Principal]) -> None:
    token = sign(kms)
    signed, _, signature = token.rpartition(".")
    raw = decode(signature)
    other_half = ORDER - int.from_bytes(raw[32:], "big")
    assert lower(raw) == raw
    assert verify(token) == replace(ADA, expires_at=NOW + 900)
    for text in (encode(raw[:32] + other_half.to_bytes(32, "big")), signature[:-1] + "B", "A" * 85):
        with pytest.raises(InvalidTokenError, match="signature"):
            verify(f"{signed}.{text}")


def test_a_token_that_was_touched_anywhere_is_refused(kms: FakeKms, verify: Callable[[str], Principal]) -> None:
    token = sign(kms)
    header, payload, signature = token.split(".")
    touched = [
        "",
        ".",
        "..",
        "a.b.c",
        f"{header}.{payload}",
        f"{header}.{payload}.",
        f"{header}..{signature}",
        f".{payload}.{signature}",
        f"{token}.",
        f"{token}=",
        f"{token}\n",
        f" {token}",
        f"{token}.{signature}",
        f"{header}.{payload}.{'A' * 86}",
        f"{header}.{payload}.{signature[:-2]}",
        f"{header}.{payload}.{base64.urlsafe_b64encode(b'0' * 70).decode().rstrip('=')}",
        f"{base64.urlsafe_b64encode(b'[]').decode().rstrip('=')}.{payload}.{signature}",
        f"{base64.urlsafe_b64encode(b'{').decode().rstrip('=')}.{payload}.{signature}",
        "é.é.é",
        f"{header}.{'A' * 5000}.{signature}",
    ]
    touched += [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(0, len(token), 7)]
    for each in touched:
        with pytest.raises(InvalidTokenError):
            verify(each)


def test_made_up_keys_make_kms_be_asked_once_in_ten_seconds(kms: FakeKms, clock: FixedClock, ring: KeyRing) -> None:
    known = PublicKey.from_der(der(kms.key)).kid
    assert ring.find(known)
    for _ in range(50):
        assert ring.find("made-up") is None
    assert kms.fetched == 1
    clock.pass_time(seconds=FETCH_INTERVAL.total_seconds())
    assert ring.find("made-up") is None
    assert ring.find("made-up") is None
    assert kms.fetched == 2
    assert ring.find(known)


def test_a_key_that_is_new_is_found_when_a_token_names_it(kms: FakeKms, clock: FixedClock, ring: KeyRing) -> None:
    ring.find(PublicKey.from_der(der(kms.key)).kid)
    kms.key = ec.generate_private_key(ec.SECP256R1())
    clock.pass_time(seconds=11)
    assert ring.find(PublicKey.from_der(der(kms.key)).kid)


def test_while_kms_is_silent_nobody_is_told_that_their_token_is_bad(
    kms: FakeKms, clock: FixedClock, verify: Callable[[str], Principal]
) -> None:
    token = sign(kms)
    kms.broken = True
    with pytest.raises(TimeoutError):
        verify(token)
    with pytest.raises(KeyUnavailableError):
        verify(token)
    asked = kms.fetched
    kms.broken = False
    clock.pass_time(seconds=1)
    assert verify(token).id == ADA.id
    assert kms.fetched == asked + 1


def test_while_kms_is_silent_it_is_asked_once_in_a_second(kms: FakeKms, clock: FixedClock, ring: KeyRing) -> None:
    kms.broken = True
    for _ in range(3):
        with pytest.raises(TimeoutError):
            ring.find("made-up")
        for _ in range(10):
            with pytest.raises(KeyUnavailableError):
                ring.find("made-up")
        clock.pass_time(seconds=1)


def test_an_environment_that_wakes_up_weeks_later_looks_at_the_keys_first(
    kms: FakeKms, clock: FixedClock, ring: KeyRing
) -> None:
    """As after a SnapStart restore: what was kept in memory is as old as the snapshot."""
    old = fetch_public_key(kms, "key-arn").kid
    assert ring.find(old)
    kms.key = ec.generate_private_key(ec.SECP256R1())
    clock.pass_time(days=30)
    assert ring.find(old) is None
    assert ring.find(fetch_public_key(kms, "key-arn").kid)
