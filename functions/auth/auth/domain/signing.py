"""Signing keys, and when one takes another's place.

    next ──an hour after it was published──▶ current ──▶ previous ──an hour after it signed last──▶ gone

A key is published before it signs, for longer than anybody keeps keys in memory, and stays published after it has
signed, for longer than a token lives: no token is refused because of a rotation.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OVERLAP = timedelta(hours=1)


class Slot(StrEnum):
    """What a key is for."""

    CURRENT = "current"
    NEXT = "next"
    PREVIOUS = "previous"


class Step(StrEnum):
    """What is to be done about the keys."""

    NOTHING = "nothing"
    PUBLISH = "publish"
    PROMOTE = "promote"
    RETIRE = "retire"


@dataclass(frozen=True)
class SigningKey:
    """A key. `made_at`: when it was published, or made if it was not yet; `replaced_at`: when it signed last."""

    id: str
    made_at: datetime
    replaced_at: datetime | None = None


def due_step(
    current: SigningKey, following: SigningKey | None, previous: SigningKey | None, now: datetime, max_age: timedelta
) -> Step:
    """The one step that is due now. A promotion that broke off half-way is due again."""
    if following is not None:
        begun = previous is not None and previous.id == current.id
        if previous is not None and not begun and current.id != following.id:
            return _when(previous.replaced_at is None or now - previous.replaced_at >= OVERLAP, Step.RETIRE)
        return _when(now - following.made_at >= OVERLAP, Step.PROMOTE)
    if previous is not None:
        return _when(previous.replaced_at is None or now - previous.replaced_at >= OVERLAP, Step.RETIRE)
    return _when(now - current.made_at >= max_age, Step.PUBLISH)


def _when(due: bool, step: Step) -> Step:  # noqa: FBT001
    return step if due else Step.NOTHING
