"""Identifiers: random ones for new things, derived ones for what must come out the same again."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Protocol

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing to misread, safe in a path
_LENGTH = 26  # 130 bits


class Ids(Protocol):
    """Makes identifiers."""

    def new(self, prefix: str) -> str:
        """A fresh identifier such as `prd_3kq…`."""
        ...


def _encode(number: int) -> str:
    digits = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(digits)


class RandomIds:
    """130 random bits behind a prefix; `source` (bits → number) is what a simulation replaces."""

    def __init__(self, source: Callable[[int], int] = secrets.randbits) -> None:
        self.source = source

    def new(self, prefix: str) -> str:
        """A fresh identifier such as `prd_3kq…`."""
        return f"{prefix}_{_encode(self.source(_LENGTH * 5))}"


system = RandomIds()


def derived_id(prefix: str, *parts: str) -> str:
    """The identifier that these parts always give: the natural key of an effect, made opaque.

    Parts are length-prefixed before hashing, so that ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return f"{prefix}_{_encode(int.from_bytes(digest.digest()[:17], 'big') >> 6)}"
