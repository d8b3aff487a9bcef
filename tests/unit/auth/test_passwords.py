"""Which passwords are good enough."""

import pytest

from auth.domain import WeakPasswordError, check_password, is_predictable, password_cores


def check(password: str, owner: str = "ada.byron@example.com") -> str:
    return check_password(password, owner=owner, is_common={"password", "letmeinplease", "qwerty"}.__contains__)


@pytest.mark.parametrize(
    "password",
    [
        "four unrelated words",
        "minishop-demo-pass",
        "wohl temperiertes Klavier",
        "зелёный чайник на полке",
        "x7#kQ9!vLm2@pRt",
        "correct horse staple battery",
    ],
)
def test_long_and_unrelated_is_enough(password: str) -> None:
    assert check(password) == password


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "fourteen chars",
        "x" * 129,
        "aaaaaaaaaaaaaaaaaa",
        "ababababcdcdcdcdabcd",
        "word-word-word-word-",
        "blue kettleblue kettle",
        "123456789012345",
        "abcdefghijklmnopqrst",
        "1qaz2wsx3edc4rfv5tgb",
        "qwertyuiopasdfghjkl;",
        "Password12345678",
        "P@ssw0rd!!!!!2026",
        "passwordPASSWORD1",
        "L3tM31nPl3as3-99999",
        "2026-qwerty-2026!!!",
        "ada.byron@example.com",
        "AdaByron2026!!!1815",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPasswordError) as refusal:
        check(password)
    assert [error.pointer for error in refusal.value.errors] == ["/password"]


def test_the_same_text_typed_on_another_system_is_the_same_password() -> None:
    assert check("cafe\u0301 unrelated words") == check("café unrelated words")


def test_length_counts_after_normalising() -> None:
    with pytest.raises(WeakPasswordError):
        check("\ufdfa" + "unrelated words " * 7)  # one character that NFKC makes eighteen of


def test_a_run_counts_as_one_choice() -> None:
    assert is_predictable("abcdefghijk12345")
    assert not is_predictable("abc and 123 and tree")


def test_dressed_up_words_are_undressed() -> None:
    assert "password" in password_cores("--P4$$w0rd--2026")
    assert "password" in password_cores("passwordpassword")
    assert "letmeinplease" in password_cores("l3tm31nPLEASE!!")
