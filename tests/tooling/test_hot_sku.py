"""Holds of one SKU in virtual time: the real use case, on a table that conflicts and throttles."""

from scripts.benchmarks.hot_sku import Result, show, simulate


def held(buckets: int) -> Result:
    return simulate(buckets, clients=60, seconds=0.3, seed=7)


def briefly(seed: int) -> Result:
    return simulate(4, clients=12, seconds=0.1, seed=seed)


def test_buckets_let_a_sku_be_held_many_times_as_often() -> None:
    """Every hold is in the books, too: the simulation holds levels against reservations."""
    one, sixteen = held(1), held(16)
    assert sixteen.held > 8 * one.held
    assert one.conflicts > sixteen.conflicts > 0


def test_the_same_seed_is_the_same_history_and_another_is_another() -> None:
    assert briefly(7) == briefly(7) != briefly(8)
    assert briefly(7).held


def test_the_table_says_what_was_seen() -> None:
    result = Result(buckets=4, held=1234.5, gave_up=0, conflicts=0.5, median=0.02, slowest=0.25, units=5)
    assert show([result]).splitlines()[-1] == "| 4 | 1,234 | 0 | 50% | 20 ms | 250 ms |"
