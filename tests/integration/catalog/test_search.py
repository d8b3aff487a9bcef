"""The search index in S3, and the schedule that writes it."""

import pytest

from catalog import schedule
from catalog.snapshots import KEY, BucketSnapshots
from minishop.errors import ConcurrentUpdateError
from tests.integration.catalog.samples import create, mug, patch, slugs, variant
from tests.integration.conftest import Aws, forget_everything


def save(monkeypatch: pytest.MonkeyPatch, at_least: int) -> int:
    monkeypatch.setattr(schedule, "MANY_CHANGES", at_least)
    return schedule.handler({"task": "save_search_index"}, None)["save_search_index"]


def test_the_schedule_writes_a_snapshot_that_a_new_environment_starts_from(
    shop: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [create(mug(f"mug-{number}", variant(f"SKU-{number}"))) for number in range(3)]
    assert save(monkeypatch, 4) == 0
    assert save(monkeypatch, 3) == 3
    assert save(monkeypatch, 1) == 0
    forget_everything()
    patch(made[0], status="archived")
    assert slugs(q="mug") == ["mug-2", "mug-1"]
    assert save(monkeypatch, 1) == 2


def test_another_run_s_snapshot_is_not_written_over(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots = BucketSnapshots()
    assert snapshots.load() is None
    first = snapshots.save(b"one", over=None)
    second = snapshots.save(b"two", over=first)
    for stale in (None, first):
        with pytest.raises(ConcurrentUpdateError):
            snapshots.save(b"three", over=stale)
    assert snapshots.load() == (b"two", second)
    create(mug())
    assert save(monkeypatch, 1) == 1


def test_a_snapshot_that_was_taken_away_is_made_anew(shop: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    made = create(mug())
    assert save(monkeypatch, 1) == 1
    bucket = shop.world.environment("CatalogScheduleFunction")["CATALOG_BUCKET"]
    shop.client("s3").delete_object(Bucket=bucket, Key=KEY)
    patch(made, title="Cup")
    assert save(monkeypatch, 1) == 0
    assert save(monkeypatch, 1) == 1


def test_a_search_asks_the_table_once_and_reads_what_it_shows(shop: Aws) -> None:
    from minishop import dynamodb

    create(mug())
    slugs(q="mug")
    calls: list[str] = []
    client = dynamodb.connection().client
    client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
    assert slugs(q="mug") == ["mug"]
    assert calls == ["Query", "BatchGetItem", "BatchGetItem"]  # what changed, products, offers
