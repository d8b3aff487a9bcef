"""Facts kept in the process's memory."""

from cart.facts import MAX_KEPT, RecentFacts
from tests.unit.cart.fakes import Shop


def recent(shop: Shop) -> RecentFacts:
    return RecentFacts(shop.facts, shop.clock)


def test_facts_are_asked_for_once_in_thirty_seconds() -> None:
    shop = Shop()
    facts = recent(shop)
    facts.find_many(["RED"])
    assert set(facts.find_many(["RED", "BLUE"])) == {"RED", "BLUE"}
    assert shop.facts.asked == ["RED", "BLUE"]
    assert set(facts.find_many(["BLUE", "RED"])) == {"RED", "BLUE"}
    assert shop.facts.asked == ["RED", "BLUE"]
    shop.clock.pass_time(seconds=30)
    facts.find_many(["RED"])
    assert shop.facts.asked == ["RED", "BLUE", "RED"]


def test_what_is_not_known_is_asked_for_each_time() -> None:
    shop = Shop()
    facts = recent(shop)
    assert facts.find_many(["NEW"]) == {}
    shop.offer("NEW", 100)
    assert set(facts.find_many(["NEW"])) == {"NEW"}


def test_memory_does_not_grow_without_bounds() -> None:
    shop = Shop()
    facts = recent(shop)
    skus = [f"S{number}" for number in range(MAX_KEPT)]
    for sku in skus:
        shop.offer(sku, 100)
    facts.find_many(skus)
    facts.find_many(["RED"])
    assert len(facts._kept) == 1


def test_what_is_learnt_goes_to_the_book() -> None:
    shop = Shop()
    facts = recent(shop)
    facts.learn(shop.facts.stored["RED"], 1)
    facts.learn_level("RED", 5, 1)
    facts.withdraw("RED", 2)
    assert (shop.facts.stored["RED"].available, shop.facts.stored["RED"].on_sale) == (5, False)
