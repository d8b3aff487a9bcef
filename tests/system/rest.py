"""A running shop at rest: nothing under way, nothing dead, and every rule of the domain holds."""

from scripts.simulation import at_rest
from scripts.simulation.rules import violations
from tests.system.shop import Shop, eventually


def unsettled(shop: Shop) -> list[str]:
    """What is still under way, and what is dead."""
    return at_rest.unsettled(shop.get("/_local/queues")["items"])


def check_world(shop: Shop) -> None:
    """Waits until the shop is at rest and every rule holds."""
    seen: list[str] = []

    def look() -> bool:
        seen[:] = [*unsettled(shop), *violations(at_rest.read_tables(shop.lines))]
        return not seen

    try:
        eventually(look, what="a shop at rest in which every rule holds")
    except AssertionError as error:
        raise AssertionError("\n".join([str(error), *seen])) from None
