"""What somebody wants to hear."""

from collections.abc import Iterable

from notifications.domain import OptOut
from notifications.use_cases.ports import UnsubscribeLinks, Wishes


def list_opt_outs(wishes: Wishes, person: str) -> frozenset[OptOut]:
    """What a person does not want to hear."""
    return wishes.opt_outs(person)


def replace_opt_outs(wishes: Wishes, person: str, opt_outs: Iterable[OptOut]) -> frozenset[OptOut]:
    """What a person does not want to hear from now on."""
    wanted = frozenset(opt_outs)
    wishes.keep(person, wanted)
    return wanted


def unsubscribe(wishes: Wishes, links: UnsubscribeLinks, token: str) -> OptOut:
    """Whoever holds the link hears no more of its topic. Raises InvalidUnsubscribeTokenError."""
    person, opt_out = links.read(token)
    wishes.add(person, opt_out)
    return opt_out
