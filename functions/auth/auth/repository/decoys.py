"""Decoys: the work of reading and writing a user where there is none, so that time does not tell who has an account.

What a caller can measure is the calls that are made, and the work on what they carry. A decoy takes the same: it has
a user's attributes, and an event goes with it that nobody is told.
"""

from datetime import UTC, datetime

from auth.domain import EmailAddress, User
from auth.repository.items import DecoyEmailItem, DecoyItem, EmailItem, insert_fresh
from auth.repository.user_mapping import shaped, user_of
from minishop import ids
from minishop.contracts.auth import RegistrationAttempted
from minishop.events import encode_outbox
from minishop.identity import Role

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_NOBODY = User(
    id="cus_" + "0" * 26,
    email=EmailAddress.parse("nobody@minishop.invalid"),
    full_name="Nobody",
    phone=None,
    locale="en",
    password_hash="$" * 97,  # as long as one of Argon2's
    roles=frozenset({Role.CUSTOMER}),
    verified=True,
    registration=1,
    registered_at=_BEGINNING,
    attempted_at=_BEGINNING,
    reset_asked_at=_BEGINNING,
    version=1,
)
_HOLDER = {"pk": {"S": "email#"}, "sk": {"S": "email"}, "customer_id": {"S": _NOBODY.id}, "version": {"N": "0"}}
_ALWAYS_THERE = ("decoy#user", "decoy")


def read() -> None:
    """One GetItem, and the work on two items: an address' and a user's. Once in a table's life a Put besides."""
    EmailItem.from_raw_data(_HOLDER)
    item = DecoyItem.find(*_ALWAYS_THERE)
    if item is None:
        insert_fresh(shaped(DecoyItem, *_ALWAYS_THERE, _NOBODY))
    else:
        user_of(item)


def user_item(now: datetime) -> DecoyItem:
    """Something to write in the place of a user and what is told of the user."""
    item = shaped(DecoyItem, f"decoy#{ids.system.new('dcy')}", "decoy", _NOBODY)
    event = RegistrationAttempted(customer_id=_NOBODY.id)
    item.told = encode_outbox([event], aggregate_id=_NOBODY.id, sequence=_NOBODY.version, at=now)
    item.expires_at = int(now.timestamp())
    return item


def email_item(now: datetime) -> DecoyEmailItem:
    """Something to write in the place of an address."""
    key = f"decoy#{ids.system.new('dcy')}"
    return DecoyEmailItem(key, "decoy", customer_id=_NOBODY.id, expires_at=int(now.timestamp()))
