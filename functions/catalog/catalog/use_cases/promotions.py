"""Promotions: made, changed, shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.domain import promotions as domain
from catalog.domain.promotions import Promotion, PromotionNotFoundError
from catalog.use_cases.ports import Ports, Position
from minishop.errors import ConcurrentUpdateError, StaleVersionError


@dataclass(frozen=True)
class CountedPromotion:
    """A promotion, and how many orders hold or used it; None where nobody counts."""

    promotion: Promotion
    redeemed: int | None


def _counted(ports: Ports, promotions: Sequence[Promotion]) -> list[CountedPromotion]:
    limited = [promotion.code for promotion in promotions if promotion.limit_total is not None]
    redeemed = ports.promotions.redeemed(limited)
    return [CountedPromotion(promotion, redeemed.get(promotion.code)) for promotion in promotions]


def _find(ports: Ports, code: str) -> Promotion:
    promotion = ports.promotions.find(domain.canonical(code))
    if promotion is None:
        raise PromotionNotFoundError("There is no promotion of this code.")
    return promotion


def create_promotion(ports: Ports, promotion: Promotion) -> CountedPromotion:
    """Makes a promotion. Raises InvalidPromotionError, CodeTakenError."""
    created, events = domain.create(promotion, ports.currency)
    return _counted(ports, [ports.promotions.insert(created, events)])[0]


def get_promotion(ports: Ports, code: str) -> CountedPromotion:
    """By code, in capitals or not. Raises PromotionNotFoundError."""
    return _counted(ports, [_find(ports, code)])[0]


def list_promotions(
    ports: Ports, limit: int, position: Position | None
) -> tuple[list[CountedPromotion], Position | None]:
    """All of them, newest first."""
    found, following = ports.promotions.list_all(limit, position)
    return _counted(ports, found), following


def change_promotion(
    ports: Ports, code: str, edit: Callable[[Promotion], Promotion], *, expected: int
) -> CountedPromotion:
    """The promotion as `edit` makes it, if it is still at version `expected`. What is held keeps its discount.

    Raises PromotionNotFoundError, StaleVersionError, InvalidPromotionError.
    """
    before = _find(ports, code)
    now = ports.clock.now()
    after, events = domain.change(before, edit(before), expected=expected, currency=ports.currency, at=now)
    try:
        stored = before if after is before else ports.promotions.replace(before, after, events)
    except ConcurrentUpdateError as error:
        raise StaleVersionError("Somebody else changed the promotion at this moment; read it again.") from error
    return _counted(ports, [stored])[0]
