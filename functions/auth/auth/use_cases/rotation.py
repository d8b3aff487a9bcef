"""Rotation of the signing key, a step at a time. A run that breaks off is made good by the next one."""

from datetime import datetime, timedelta
from typing import Protocol

from auth.domain.signing import SigningKey, Slot, Step, due_step
from minishop.clock import Clock


class KeyStore(Protocol):
    """Where signing keys are kept, and which is which."""

    def find(self, slot: Slot) -> SigningKey | None:
        """The key in this slot; there always is a current one."""
        ...

    def create(self) -> str:
        """A new key's id."""
        ...

    def spare(self, current: str) -> str | None:
        """A key that was made and never came to sign, apart from the current one."""
        ...

    def mark_published(self, key_id: str, at: datetime) -> None:
        """Remembers since when a key is shown to those who verify."""
        ...

    def mark_replaced(self, key_id: str, at: datetime) -> None:
        """Remembers when a key signed last."""
        ...

    def assign(self, slot: Slot, key_id: str) -> None:
        """Puts a key into a slot."""
        ...

    def clear(self, slot: Slot) -> None:
        """Empties a slot."""
        ...

    def retire(self, key_id: str) -> None:
        """Has a key destroyed, after a while."""
        ...


def rotate(keys: KeyStore, clock: Clock, max_age: timedelta) -> Step:
    """Takes the step that is due, if any; which it was."""
    now = clock.now()
    current, following, previous = (keys.find(slot) for slot in (Slot.CURRENT, Slot.NEXT, Slot.PREVIOUS))
    assert current is not None, "the template's key is the current one when there is no other"
    step = due_step(current, following, previous, now, max_age)
    if step is Step.PUBLISH:
        key_id = keys.spare(current.id) or keys.create()  # one that a run made which then broke off is not left behind
        keys.mark_published(key_id, now)
        keys.assign(Slot.NEXT, key_id)
    elif step is Step.PROMOTE and following is not None:
        if current.id != following.id:
            keys.mark_replaced(current.id, now)
            keys.assign(Slot.PREVIOUS, current.id)
            keys.assign(Slot.CURRENT, following.id)
        keys.clear(Slot.NEXT)
    elif step is Step.RETIRE and previous is not None:
        if previous.id != current.id:
            keys.retire(previous.id)  # first: a key in no slot would be forgotten, and paid for
        keys.clear(Slot.PREVIOUS)
    return step
