"""Sessions in the table."""

from collections.abc import Sequence
from datetime import datetime

from auth.domain import Session
from auth.repository.items import FIRST_VERSION, SessionItem, epoch, insert_fresh, principal_key
from minishop import dynamodb
from minishop.dynamodb import Transaction
from minishop.events import Event


def _session_item(session: Session) -> SessionItem:
    return SessionItem(
        principal_key(session.principal_id),
        f"session#{session.id}",
        session_id=session.id,
        principal_id=session.principal_id,
        key=session.key,
        current=session.current,
        previous=session.previous,
        successor=session.successor,
        guest=session.guest,
        upgraded_to=session.upgraded_to,
        started_at=session.started_at,
        rotated_at=session.rotated_at,
        ended_at=session.ended_at,
        generation=session.generation,
        user_agent=session.user_agent or None,
        region=session.region or None,
        expires_at=epoch(session.expires_at),
        version=session.version,
    )


def _session(item: SessionItem) -> Session:
    return Session(
        id=item.session_id,
        principal_id=item.principal_id,
        key=item.key,
        current=item.current,
        previous=item.previous,
        successor=item.successor,
        guest=item.guest,
        upgraded_to=item.upgraded_to,
        started_at=item.started_at,
        rotated_at=item.rotated_at,
        ended_at=item.ended_at,
        generation=int(item.generation),
        user_agent=item.user_agent or "",
        region=item.region or "",
        version=int(item.version),
    )


class SessionTable:
    """Implements `auth.use_cases.Sessions`."""

    def find(self, principal_id: str, session_id: str) -> Session | None:
        """One GetItem."""
        item = SessionItem.find(principal_key(principal_id), f"session#{session_id}")
        return _session(item) if item else None

    def insert(self, session: Session, events: Sequence[Event], now: datetime) -> None:
        """One conditional Put."""
        item = _session_item(session)
        item.version = FIRST_VERSION
        insert_fresh(item, events, now)

    def of(self, principal_id: str) -> list[Session]:
        """One Query, and one more for each MB."""
        starts = SessionItem.sk.startswith("session#")
        return [_session(item) for item in SessionItem.query(principal_key(principal_id), starts, consistent_read=True)]

    def delete_others(self, principal_id: str, kept: str) -> None:
        """One Query, and one DeleteItem for each."""
        for session in self.of(principal_id):
            if session.id != kept:
                SessionItem(principal_key(principal_id), f"session#{session.id}").delete()

    def replace(self, session: Session, events: Sequence[Event] = (), now: datetime | None = None) -> None:
        """One conditional Put. Raises ConcurrentUpdateError."""
        dynamodb.replace(_session_item(session), events, expected=session.version, at=now)

    def insert_upgrading(
        self, session: Session, events: Sequence[Event], guest: Session, told: Sequence[Event], now: datetime
    ) -> None:
        """One transaction of two items. Raises ConcurrentUpdateError."""
        item = _session_item(session)
        item.version = FIRST_VERSION
        transaction = Transaction()
        transaction.insert("session", item, events, at=now)
        transaction.replace("guest", _session_item(guest), told, expected=guest.version, at=now)
        transaction.commit()
