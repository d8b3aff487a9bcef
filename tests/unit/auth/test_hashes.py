"""Password hashes, and the shipped list of common words."""

import pytest
from argon2 import PasswordHasher, extract_parameters

from auth.passwords import LANES, MEMORY_KIB, NOBODY, PASSES, Argon2Passwords


def test_the_right_password_verifies_and_no_other() -> None:
    passwords = Argon2Passwords()
    hashed = passwords.hash("four unrelated words")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(hashed, "four unrelated words")
    assert not passwords.verify(hashed, "four unrelated word")
    assert passwords.hash("four unrelated words") != hashed


def test_for_nobody_the_same_work_is_done_and_nothing_verifies() -> None:
    parameters = extract_parameters(NOBODY)
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (MEMORY_KIB, PASSES, LANES)
    assert not PasswordHasher(PASSES, MEMORY_KIB, LANES).check_needs_rehash(NOBODY)
    for nothing in (None, ""):
        assert not Argon2Passwords().verify(nothing, "four unrelated words")


def test_not_even_the_secret_behind_nobody_s_hash_verifies(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Argon2Passwords()
    monkeypatch.setattr("auth.passwords.NOBODY", passwords.hash("four unrelated words"))
    for nothing in (None, ""):
        assert not passwords.verify(nothing, "four unrelated words")


def test_the_shipped_list_holds_words_and_not_its_remarks() -> None:
    passwords = Argon2Passwords()
    assert passwords.is_common("password")
    assert passwords.is_common("correcthorsebatterystaple")
    assert not passwords.is_common("")
    assert not any(passwords.is_common(word) for word in ("#", "# Words", "four"))
