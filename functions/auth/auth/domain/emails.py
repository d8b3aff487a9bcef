"""E-mail addresses, in the one form under which they are compared."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from minishop.errors import FieldError, InvalidError

MAX_LENGTH = 254
_READ_TWO_WAYS = frozenset("\u00df\u1e9e\u03c2\u200c\u200d")  # IDNA of 2003 and of 2008 differ: ß, final sigma, joiners

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)


class InvalidEmailError(InvalidError):
    """The text is no e-mail address that mail can be sent to."""

    def __init__(self, field: str = "email") -> None:
        super().__init__(
            "Correct the e-mail address.",
            errors=(FieldError(f"/{field}", "An e-mail address such as ada@example.com is wanted."),),
        )


@dataclass(frozen=True)
class EmailAddress:
    """An address.

    Attributes:
        address: Where mail is sent: as typed, with a domain that mail servers understand.
        key: What is unique: two people cannot have addresses that differ in case or script width only.
    """

    address: str
    key: str

    @classmethod
    def parse(cls, text: str, field: str = "email") -> Self:
        """Reads an address: NFKC, a domain in other scripts as IDNA.

        A domain that old and new programs read as two different ones is refused; it can be typed as `xn--…`. `field` is
        what the caller's body calls it. Raises InvalidEmailError.
        """
        local, _, domain = unicodedata.normalize("NFKC", text).strip().rpartition("@")
        if not _READ_TWO_WAYS.isdisjoint(domain):
            raise InvalidEmailError(field)
        if not domain.isascii():
            try:
                domain = domain.encode("idna").decode("ascii")
            except UnicodeError as error:
                raise InvalidEmailError(field) from error
        address = f"{local}@{domain.lower()}"
        if len(address) > MAX_LENGTH or len(local) > 64 or not _ADDRESS.fullmatch(address):
            raise InvalidEmailError(field)
        return cls(address, address.lower())
