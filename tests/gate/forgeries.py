"""Tokens that nobody may get in with: RFC 8725's list, and what else was tried on others.

Each is made from a good token: by somebody who has no key, by somebody with keys of their own, or by the right key
over what auth would never say.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.gate.mint import ORDER, Mint, decode, encode, lower, part

MEGABYTE = 1_000_000
Named = Iterator[tuple[str, str]]


def _raw(r: int, s: int, size: int = 32) -> bytes:
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _unsigned(mint: Mint, good: str) -> Named:
    _, claims, signature = good.split(".")
    for name in ("none", "None", "NONE", "nOnE", "noNe", "none ", " none", "none\u0000"):
        header = part({**mint.header, "alg": name})
        yield f"alg {name!r}, no signature", f"{header}.{claims}."
        yield f"alg {name!r}, the old signature", f"{header}.{claims}.{signature}"
    for value in (None, "", [], ["ES256"], {"alg": "ES256"}, 0, True, "es256", "ES256 ", "ES512", "ES256K"):
        yield f"alg {value!r}", f"{part({**mint.header, 'alg': value})}.{claims}.{signature}"
    without = {name: value for name, value in mint.header.items() if name != "alg"}
    yield "no alg", f"{part(without)}.{claims}.{signature}"


def _symmetric(mint: Mint, public: ec.EllipticCurvePublicKey, jwk: dict[str, Any]) -> Named:
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    keys = {
        "PEM": pem,
        "PEM without its last line break": pem.rstrip(b"\n"),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "point": public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        "JWK": json.dumps(jwk).encode(),
        "canonical JWK": json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode(),
        "x": decode(jwk["x"]),
        "kid": str(jwk["kid"]).encode(),
        "nothing": b"",
    }
    hashes = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
    for alg, digest in hashes.items():
        signed = f"{part({**mint.header, 'alg': alg})}.{part(mint.claims)}"
        for name, key in keys.items():
            yield (
                f"{alg} with the public key as {name}",
                (f"{signed}.{encode(hmac.new(key, signed.encode(), digest).digest())}"),
            )


def _ecdsa(key: ec.EllipticCurvePrivateKey, message: bytes, digest: Any, size: int) -> bytes:
    return _raw(*decode_dss_signature(key.sign(message, ec.ECDSA(digest))), size)


def _foreign(mint: Mint) -> Named:
    """Signed with keys of their own, some of which the token itself brings or names."""
    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": encode(_raw(numbers.x, 0)[:32]), "y": encode(_raw(numbers.y, 0)[:32])}
    chain = [encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))]
    theirs = Mint(mint.header, mint.claims, lambda message: lower(_ecdsa(key, message, SHA256(), 32)))
    brought: dict[str, dict[str, Any]] = {
        "another key": {},
        "jwk": {"jwk": jwk},
        "jwk and its kid": {"jwk": jwk, "kid": "theirs"},
        "jku": {"jku": "http://127.0.0.1:9/jwks.json"},
        "jku and another kid": {"jku": "http://127.0.0.1:9/jwks.json", "kid": "theirs"},
        "x5u": {"x5u": "http://127.0.0.1:9/chain.pem"},
        "x5c": {"x5c": chain},
        "no kid": {"kid": None},
    }
    for name, header in brought.items():
        yield f"signed with a key of their own: {name}", theirs.token(header=header)
    for kid in (
        "../../../../dev/null",
        "/proc/sys/kernel/randomize_va_space",
        "file:///etc/passwd",
        "http://127.0.0.1:9/key",
        "' UNION SELECT 'key",
        "| id",
        "",
        "\u0000",
        "a" * 2000,
        mint.header["kid"] + " ",
        mint.header["kid"] + "\u0000",
    ):
        yield f"kid {kid[:60]!r}", theirs.token(header={"kid": kid})
    yield "kid a list", theirs.token(header={"kid": [mint.header["kid"]]})
    yield "kid an object", theirs.token(header={"kid": {"$ne": ""}})
    yield "kid a number", theirs.token(header={"kid": 0})
    yield from _other_algorithms(mint)


def _other_algorithms(mint: Mint) -> Named:
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    edwards = ed25519.Ed25519PrivateKey.generate()
    pss = padding.PSS(padding.MGF1(SHA256()), 32)
    bitcoin, p384, p521 = (ec.generate_private_key(curve()) for curve in (ec.SECP256K1, ec.SECP384R1, ec.SECP521R1))
    signers = {
        "RS256": lambda message: rsa_key.sign(message, padding.PKCS1v15(), SHA256()),
        "PS256": lambda message: rsa_key.sign(message, pss, SHA256()),
        "EdDSA": edwards.sign,
        "ES256K": lambda message: _ecdsa(bitcoin, message, SHA256(), 32),
        "ES384": lambda message: _ecdsa(p384, message, SHA384(), 48),
        "ES512": lambda message: _ecdsa(p521, message, SHA512(), 66),
    }
    for alg, sign in signers.items():
        yield f"{alg}, honestly stated", Mint(mint.header, mint.claims, sign).token(header={"alg": alg})
        yield f"{alg}, said to be ES256", Mint(mint.header, mint.claims, sign).token()


def _signatures(good: str) -> Named:
    """What may stand where the signature does."""
    header, claims, signature = good.split(".")
    raw = decode(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = last[last.index(signature[-1]) ^ 1]  # the lowest bits of the last character stand for nothing
    signatures = {
        "empty": "",
        "zero and zero": encode(bytes(64)),
        "r zero": encode(_raw(0, s)),
        "s zero": encode(_raw(r, 0)),
        "r the order": encode(_raw(ORDER, s)),
        "s the order": encode(_raw(r, ORDER)),
        "both one": encode(_raw(1, 1)),
        "s negated": encode(_raw(r, ORDER - s)),
        "r and s swapped": encode(_raw(s, r)),
        "cut by a byte": encode(raw[:-1]),
        "a byte longer": encode(raw + b"\0"),
        "a zero before": encode(b"\0" + raw),
        "twice": encode(raw + raw),
        "of another size": encode(_raw(r, s, 48)),
        "DER": encode(encode_dss_signature(r, s)),
        "spare bits set": signature[:-1] + spare,
        "padded": signature + "==",
        "a character more": signature + "A",
        "garbage more": signature + "!!!!",
        "another part": signature + ".e30",
        "an empty part": signature + ".",
    }
    for name, changed in signatures.items():
        yield f"signature: {name}", f"{header}.{claims}.{changed}"
    for bit in (0, 100, 255, 256, 400, 511):
        flipped = bytes(byte ^ ((1 << (7 - bit % 8)) if at == bit // 8 else 0) for at, byte in enumerate(raw))
        yield f"signature: bit {bit} flipped", f"{header}.{claims}.{encode(flipped)}"


def _shapes(mint: Mint, good: str) -> Named:
    header, claims, signature = good.split(".")
    richer = part({**mint.claims, "roles": ["admin"]})
    yield "the claims of an admin over the old signature", f"{header}.{richer}.{signature}"
    yield "the claims of somebody else", f"{header}.{part({**mint.claims, 'sub': 'cus_somebody'})}.{signature}"
    yield "nothing", ""
    yield "dots", ".."
    yield "a word", "admin"
    yield "two parts", f"{header}.{claims}"
    yield "five parts, as a JWE has", f"{header}.{claims}.{signature}.{claims}.{signature}"
    yield "garbage before", "x" + good
    yield "garbage after", good + "x"
    yield "two tokens", f"{good},{good}"
    yield "a token in a token", f"{header}.{part(good)}.{signature}"
    document = {"protected": header, "payload": claims, "signature": signature}
    yield "JSON serialisation", json.dumps(document, separators=(",", ":"))
    yield "the header is no JSON", f"{encode(b'ES256')}.{claims}.{signature}"
    yield "the header is a list", f"{part([mint.header])}.{claims}.{signature}"
    yield "the header is deep", f"{encode(b'[' * 3000)}.{claims}.{signature}"
    yield "the header is no UTF-8", f"{encode(bytes([255, 254]) * 8)}.{claims}.{signature}"
    yield "a megabyte of signature", f"{header}.{claims}.{'A' * MEGABYTE}"
    yield "a megabyte of header", f"{part({**mint.header, 'x': 'A' * MEGABYTE})}.{claims}.{signature}"
    yield "a megabyte of claims, well signed", mint.token({"x": "A" * MEGABYTE})
    yield "a megabyte of dots", "." * MEGABYTE


def _headers(mint: Mint) -> Iterator[tuple[str, dict[str, Any]]]:
    for typ in ("JWT", "jwt", "at+JWT+", "rt+jwt", "application/json", "", None, ["at+jwt"], 1):
        yield f"typ {typ!r}", {"typ": typ}
    yield "crit with what nobody knows", {"crit": ["exp"], "exp": 1}
    yield "crit empty", {"crit": []}
    yield "crit no list", {"crit": "b64"}
    yield "b64 false", {"crit": ["b64"], "b64": False}


def _claims(mint: Mint) -> Iterator[tuple[str, dict[str, Any]]]:
    issuer, audience, now = mint.claims["iss"], mint.claims["aud"], mint.claims["iat"]
    wrong: dict[str, tuple[Any, ...]] = {
        "iss": (None, "", "https://evil.example", [issuer], {"iss": issuer}, issuer + "/", issuer[:-1], issuer + ".x"),
        "aud": (
            None,
            "",
            "another",
            audience[:-1],
            audience + "x",
            audience.upper(),
            [audience],
            [audience, "another"],
            {"aud": audience},
            1,
        ),
        "exp": (None, 0, now, now - 1, str(now + 900), now + 900.5, True, [now + 900], float("nan"), float("inf")),
        "iat": (None, now + 3600, str(now), now + 0.5, True),
        "nbf": (now + 3600, "soon"),
        "sub": (None, "", 1, ["cus_a"], {"id": "cus_a"}, "admin", "usr_a", "cus_", "cus_a\n", "cus_A B"),
        "roles": (None, "admin", [], ["root"], [["admin"]], {"admin": True}, [None], "customer,admin"),
        "sid": (None, "", 1, []),
        "guest": (1, ["gst_a"], {"id": "gst_a"}),
    }
    for name, values in wrong.items():
        for value in values:
            yield f"{name} {str(value)!r} ({type(value).__name__})", {name: value}


def forgeries(mint: Mint, public: ec.EllipticCurvePublicKey, jwk: dict[str, Any]) -> dict[str, str]:
    """Forged tokens by what is wrong with them. `public` and `jwk` are the key that good ones are verified with."""
    good = mint.token()
    found = [
        *_unsigned(mint, good),
        *_symmetric(mint, public, jwk),
        *_foreign(mint),
        *_signatures(good),
        *_shapes(mint, good),
        *((f"well signed, but {name}", mint.token(header=header)) for name, header in _headers(mint)),
        *((f"well signed, but {name}", mint.token(claims)) for name, claims in _claims(mint)),
    ]
    named = dict(found)
    assert len(named) == len(found), "two have the same name"
    return named
