"""Forgets people."""

from notifications.use_cases.ports import Ports


def erase_person(ports: Ports, person: str) -> None:
    """Nothing here names them any more, nor the guests they were. What counts their messages goes within a day."""
    for each in (*ports.guests.guests_of(person), person):
        ports.log.erase(each)
        ports.wishes.erase(each)
    ports.guests.forget(person)


def erase_again(ports: Ports, person: str) -> None:
    """A message that is being sent at this moment writes its line afterwards: a while later all is erased again."""
    ports.second_look.plan(person, ports.clock.now())
