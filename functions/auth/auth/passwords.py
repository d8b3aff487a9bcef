"""Password hashes: Argon2id, 19 MiB, two passes, one lane (OWASP's first choice)."""

from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerificationError

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1

# A hash of a random secret that was thrown away, made with the figures above (a test holds it to them):
# for an unknown address the same work is done as for a known one.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$TTIftFEDXKNmtQ/ggx0R5Q$/REcqcSAeAe8UmnlK6txOg2SPMHe/thJ8ft39d22+fk"


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


class Argon2Passwords:
    """Implements `auth.use_cases.Passwords`."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)

    def hash(self, password: str) -> str:
        """About 20 ms of CPU; other threads run meanwhile."""
        return self._hasher.hash(password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """As long as `hash`, whether there is a hash or not; an empty one is none."""
        try:
            self._hasher.verify(password_hash or NOBODY, password)
        except VerificationError:
            return False
        return bool(password_hash)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made with other figures than those above."""
        return self._hasher.check_needs_rehash(password_hash)

    def is_common(self, word: str) -> bool:
        """Whether the shipped list has it."""
        return word in _common()
