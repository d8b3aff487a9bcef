"""E-mail addresses: what is the same, and what is none."""

import pytest

from auth.domain import EmailAddress, InvalidEmailError


@pytest.mark.parametrize(
    ("typed", "address", "key"),
    [
        ("ada@example.com", "ada@example.com", "ada@example.com"),
        (" Ada.Byron@EXAMPLE.com ", "Ada.Byron@example.com", "ada.byron@example.com"),
        ("\uff41\uff44\uff41@example.com", "ada@example.com", "ada@example.com"),
        ("ada@Bücher.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada+shop@example.co.uk", "ada+shop@example.co.uk", "ada+shop@example.co.uk"),
        ("ada@xn--fa-hia.example", "ada@xn--fa-hia.example", "ada@xn--fa-hia.example"),
        ("\u212aate@example.com", "Kate@example.com", "kate@example.com"),
        ("ada@example\u3002com", "ada@example.com", "ada@example.com"),
    ],
)
def test_addresses_that_differ_in_case_or_script_width_are_one(typed: str, address: str, key: str) -> None:
    assert EmailAddress.parse(typed) == EmailAddress(address, key)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "a da@example.com",
        "ada@exa mple.com",
        "ada@-example.com",
        "ada@example..com",
        ".ada@example.com",
        "ada.@example.com",
        "ada@example.com\nBcc: eve@example.com",
        "ada@ü..example",
        "дом@example.com",
        "m\u0131ke@example.com",
        "ada@fa\u00df.example",
        "ada@FA\u1e9e.example",
        "ada@\u03b2\u03cc\u03bb\u03bf\u03c2.example",
        "ada@a\u200db.example",
        "ada@192.0.2.1",
        "ada@[192.0.2.1]",
        '"ada"@example.com',
        "ada@example.com@evil.example",
        "a" * 65 + "@example.com",
        "ada@" + "a.b" * 90 + ".com",
    ],
)
def test_what_mail_cannot_be_sent_to_is_refused(typed: str) -> None:
    with pytest.raises(InvalidEmailError) as refusal:
        EmailAddress.parse(typed)
    assert [error.pointer for error in refusal.value.errors] == ["/email"]
