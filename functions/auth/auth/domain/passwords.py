"""What a password must be: long, and not one that is guessed first.

Length does most of the work; what is refused on top of it is what programs try before anything else:
repetitions, runs over the keyboard or the alphabet, and a common word dressed up with digits.
"""

import unicodedata
from collections.abc import Callable
from itertools import pairwise

from minishop.errors import FieldError, InvalidError

MIN_PASSWORD_LENGTH = 15
MIN_LENGTH_WITH_SECOND_FACTOR = 12
MAX_PASSWORD_LENGTH = 128
MIN_PIECES = 6  # fewer independent choices than this are guessed, however long they are written out

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "!@#$%^&*()",
)
_NEIGHBOURS = frozenset(pair for row in _ROWS for run in (row, row[::-1]) for pair in pairwise(run))
_LEET = str.maketrans("013457@$!|+", "oieastasiit")


class WeakPasswordError(InvalidError):
    """The password would be guessed."""

    code = "weak_password"
    title = "The password is too weak"

    def __init__(self, detail: str, field: str = "password") -> None:
        super().__init__("Choose another password.", errors=(FieldError(f"/{field}", detail),))


def normalise_password(password: str) -> str:
    """The form that is hashed: the same text typed on another system gives the same password."""
    return unicodedata.normalize("NFKC", password)


def _period(text: str) -> int:
    """The length of the piece that `text` repeats; its own length when it repeats none."""
    for length in range(1, len(text) // 2 + 1):
        if all(text[index] == text[index - length] for index in range(length, len(text))):
            return length
    return len(text)


def _pieces(text: str) -> int:
    """How many choices it took to write `text`: a run of neighbours or of one character is a single choice."""
    pieces, run = 0, 0
    previous = ""
    for character in text:
        run = run + 1 if character == previous or (previous, character) in _NEIGHBOURS else 1
        if run < 3:
            pieces += 1
        elif run == 3:
            pieces -= 1  # three in a row make a run: what counted as two is one
        previous = character
    return pieces


def is_predictable(password: str) -> bool:
    """Whether it is a short piece repeated, a few runs, or made of very few characters."""
    text = password.lower()
    return len(set(text)) < MIN_PIECES or _period(text) < len(text) or _pieces(text) < MIN_PIECES


def password_cores(password: str) -> frozenset[str]:
    """The words that remain when digits and signs around them and in place of letters are undone."""
    text = password.lower()
    bare = text.strip("".join({character for character in text if not character.isalpha()}))
    words = {
        text,
        "".join(filter(str.isalpha, text)),
        "".join(filter(str.isalpha, text.translate(_LEET))),
        "".join(filter(str.isalpha, bare.translate(_LEET))),
    }
    return frozenset(word[: _period(word)] for word in words if word)


def check_password(
    password: str,
    *,
    owner: str,
    is_common: Callable[[str], bool],
    field: str = "password",
    least: int = MIN_PASSWORD_LENGTH,
) -> str:
    """The password as it is to be hashed.

    `owner` is the owner's address; `is_common` knows the words that are tried first; `field` is what the caller's
    body calls it; `least` is its shortest length. Raises WeakPasswordError.
    """
    normal = normalise_password(password)
    weakness = _weakness(normal, owner.lower(), is_common, least)
    if weakness:
        raise WeakPasswordError(weakness, field)
    return normal


def _weakness(normal: str, owner: str, is_common: Callable[[str], bool], least: int) -> str:
    if not least <= len(normal) <= MAX_PASSWORD_LENGTH:
        return f"From {least} to {MAX_PASSWORD_LENGTH} characters are wanted."
    if is_predictable(normal):
        return "It repeats itself or follows the keyboard; a few unrelated words are better."
    cores = password_cores(normal)
    local = owner.partition("@")[0]
    if owner in cores or "".join(filter(str.isalpha, local)) in cores:
        return "It is your address in other words."
    if any(is_common(core) for core in cores):
        return "It is among the passwords that are tried first; a few unrelated words are better."
    return ""
