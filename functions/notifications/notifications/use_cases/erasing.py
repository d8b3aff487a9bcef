"""Forgets people."""

from notifications.use_cases.ports import Log, Wishes


def erase_person(log: Log, wishes: Wishes, person: str) -> None:
    """Nothing here names them any more. What counts their messages by the hour goes by itself within a day."""
    log.erase(person)
    wishes.erase(person)
