"""Facts kept in the process for a moment: a cart that is shown again and again reads its table once."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cart.domain.promotions import Promotion
from cart.domain.showing import Facts
from cart.use_cases.ports import FactsBook
from minishop.clock import Clock

KEPT = timedelta(seconds=30)
MAX_KEPT = 5000


class RecentFacts:
    """Implements `cart.use_cases.ports.FactsBook` over another one. What is not known is asked for each time."""

    def __init__(self, book: FactsBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._kept: dict[str, tuple[datetime, Facts]] = {}
        self._promotions: dict[str, tuple[datetime, Promotion]] = {}

    def find_many(self, skus: Iterable[str]) -> Mapping[str, Facts]:
        """From memory what is at most 30 s old, the rest from the book."""
        now = self._clock.now()
        found, missing = {}, []
        for sku in skus:
            at, facts = self._kept.get(sku, (now - KEPT, None))
            if facts is not None and now - at < KEPT:
                found[sku] = facts
            else:
                missing.append(sku)
        if missing:
            fresh = self._book.find_many(missing)
            if len(self._kept) + len(fresh) > MAX_KEPT:
                self._kept.clear()
            self._kept |= {sku: (now, facts) for sku, facts in fresh.items()}
            found |= fresh
        return found

    def promotion(self, code: str) -> Promotion | None:
        """From memory if it is at most 30 s old, else from the book."""
        now = self._clock.now()
        at, known = self._promotions.get(code, (now - KEPT, None))
        if known is not None and now - at < KEPT:
            return known
        fresh = self._book.promotion(code)
        if len(self._promotions) >= MAX_KEPT:
            self._promotions.clear()
        if fresh is not None:
            self._promotions[code] = (now, fresh)
        return fresh

    def learn(self, facts: Facts, sequence: int) -> None:
        """Passed on."""
        self._book.learn(facts, sequence)

    def withdraw(self, sku: str, sequence: int) -> None:
        """Passed on."""
        self._book.withdraw(sku, sequence)

    def learn_level(self, sku: str, available: int, sequence: int) -> None:
        """Passed on."""
        self._book.learn_level(sku, available, sequence)

    def learn_promotion(self, promotion: Promotion, sequence: int) -> None:
        """Passed on."""
        self._book.learn_promotion(promotion, sequence)

    def learn_usage(self, code: str, sequence: int, *, used_up: bool) -> None:
        """Passed on."""
        self._book.learn_usage(code, sequence, used_up=used_up)
