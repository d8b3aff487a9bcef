"""Authenticators and tickets in the table. Secrets are sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from auth.domain import SecondFactor, Ticket, User
from auth.repository.items import (
    FIRST_VERSION,
    SecondFactorItem,
    TicketItem,
    epoch,
    insert_fresh,
    principal_key,
)
from auth.repository.user_mapping import user_item
from minishop import dynamodb
from minishop.dynamodb import Transaction
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event


class Seal(Protocol):
    """Encrypts what only auth may read."""

    def seal(self, secret: str, customer_id: str) -> str:
        """The ciphertext."""
        ...

    def open(self, sealed: str, customer_id: str) -> str:
        """The secret."""
        ...


class SecondFactorTable:
    """Implements `auth.use_cases.SecondFactors`."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def find(self, customer_id: str) -> SecondFactor | None:
        """One GetItem, and one Decrypt when there is one."""
        item = SecondFactorItem.find(principal_key(customer_id), "second_factor")
        if item is None:
            return None
        return SecondFactor(
            customer_id=customer_id,
            secret=self._seal.open(item.sealed, customer_id),
            recovery=item.recovery,
            confirmed=item.confirmed,
            last_step=int(item.last_step),
            version=int(item.version),
        )

    def _item(self, factor: SecondFactor) -> SecondFactorItem:
        return SecondFactorItem(
            principal_key(factor.customer_id),
            "second_factor",
            sealed=self._seal.seal(factor.secret, factor.customer_id),
            recovery=factor.recovery,
            confirmed=factor.confirmed,
            last_step=factor.last_step,
            version=factor.version,
        )

    def save(self, factor: SecondFactor) -> None:
        """One Encrypt and one conditional Put. Raises ConcurrentUpdateError."""
        item = self._item(factor)
        if factor.version:
            dynamodb.replace(item, expected=factor.version)
            return
        item.version = FIRST_VERSION
        try:
            dynamodb.insert(item)
        except AlreadyExistsError as error:
            raise ConcurrentUpdateError("an authenticator was set up at the same moment") from error

    def confirm(self, factor: SecondFactor, user: User, events: Sequence[Event], now: datetime) -> None:
        """One Encrypt and one transaction of two items. Raises ConcurrentUpdateError."""
        transaction = Transaction()
        transaction.replace("factor", self._item(factor), expected=factor.version)
        transaction.replace("user", user_item(user), events, expected=user.version, at=now)
        transaction.commit()

    def remove(self, user: User, events: Sequence[Event], now: datetime) -> None:
        """One transaction of two items. Raises ConcurrentUpdateError."""
        transaction = Transaction()
        transaction.delete("factor", SecondFactorItem(principal_key(user.id), "second_factor"))
        transaction.replace("user", user_item(user), events, expected=user.version, at=now)
        transaction.commit()

    def insert_ticket(self, ticket: Ticket) -> None:
        """One conditional Put."""
        item = TicketItem(
            f"ticket#{ticket.digest}",
            "ticket",
            customer_id=ticket.customer_id,
            generation=ticket.generation,
            valid_until=ticket.expires_at,
            guest_id=ticket.guest_id,
            guest_session=ticket.guest_session,
            expires_at=epoch(ticket.expires_at),
        )
        insert_fresh(item)

    def find_ticket(self, digest: str) -> Ticket | None:
        """One GetItem."""
        item = TicketItem.find(f"ticket#{digest}", "ticket")
        if item is None or item.used:
            return None
        return Ticket(
            digest=digest,
            customer_id=item.customer_id,
            generation=int(item.generation),
            expires_at=item.valid_until,
            guest_id=item.guest_id,
            guest_session=item.guest_session,
        )

    def redeem(self, ticket: Ticket) -> bool:
        """One conditional UpdateItem."""
        item = TicketItem(f"ticket#{ticket.digest}", "ticket")
        try:
            dynamodb.change(item, [TicketItem.used.set(True)], condition=TicketItem.used.does_not_exist())
        except ConcurrentUpdateError:
            return False
        return True
