"""What somebody wants to hear."""

from collections.abc import Iterable

from notifications.domain.topics import Choice
from notifications.use_cases.ports import Guests, UnsubscribeLinks, Wishes


def list_changed(wishes: Wishes, person: str) -> frozenset[Choice]:
    """What a person has changed from what it is by itself."""
    return wishes.changed(person)


def replace_changed(wishes: Wishes, person: str, changed: Iterable[Choice]) -> frozenset[Choice]:
    """What a person wants other than it is by itself, from now on."""
    kept = frozenset(changed)
    wishes.keep(person, kept)
    return kept


def unsubscribe(wishes: Wishes, links: UnsubscribeLinks, guests: Guests, token: str) -> Choice:
    """Whoever holds the link hears no more of its topic. Raises InvalidUnsubscribeTokenError.

    The link of a mail to a guest counts for the customer whom the guest has become.
    """
    person, choice = links.read(token)
    person = guests.customer_of(person) or person
    if choice.topic.is_opt_in:
        wishes.remove(person, choice)
    else:
        wishes.add(person, choice)
    return choice
