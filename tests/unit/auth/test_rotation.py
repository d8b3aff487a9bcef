"""Rotation of the signing key, against a store that may fail at any call."""

from datetime import timedelta

import pytest

from auth.domain.signing import OVERLAP, SigningKey, Slot, Step
from auth.use_cases.rotation import rotate
from tests.times import FixedClock

MAX_AGE = timedelta(days=90)


class CrashError(Exception):
    """The process dies."""


class FakeKeys:
    """Keys in memory; dies before the call number `dies_at`."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.keys = {"key-1": SigningKey("key-1", clock.now())}
        self.slots: dict[Slot, str] = {Slot.CURRENT: "key-1"}
        self.retired: list[str] = []
        self.calls = 0
        self.dies_at = 0

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self.dies_at:
            raise CrashError

    def find(self, slot: Slot) -> SigningKey | None:
        return self.keys.get(self.slots.get(slot, ""))

    def create(self) -> str:
        self._call()
        name = f"key-{len(self.keys) + 1}"
        self.keys[name] = SigningKey(name, self.clock.now())
        return name

    def spare(self, current: str) -> str | None:
        unused = [key for key in self.keys.values() if key.replaced_at is None and key.id not in {current, "key-1"}]
        return next((key.id for key in unused), None)

    def mark_published(self, key_id: str, at: object) -> None:
        self._call()
        self.keys[key_id] = SigningKey(key_id, self.clock.now())

    def mark_replaced(self, key_id: str, at: object) -> None:
        self._call()
        self.keys[key_id] = SigningKey(key_id, self.keys[key_id].made_at, self.clock.now())

    def assign(self, slot: Slot, key_id: str) -> None:
        self._call()
        self.slots[slot] = key_id

    def clear(self, slot: Slot) -> None:
        self._call()
        del self.slots[slot]

    def retire(self, key_id: str) -> None:
        self._call()
        self.retired.append(key_id)

    @property
    def live(self) -> set[str]:
        return set(self.slots.values())


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def keys(clock: FixedClock) -> FakeKeys:
    return FakeKeys(clock)


def run(keys: FakeKeys) -> Step:
    return rotate(keys, keys.clock, MAX_AGE)


def test_a_key_signs_for_ninety_days(keys: FakeKeys, clock: FixedClock) -> None:
    clock.pass_time(days=89, hours=23)
    assert run(keys) is Step.NOTHING
    clock.pass_time(hours=1)
    assert run(keys) is Step.PUBLISH
    assert keys.slots == {Slot.CURRENT: "key-1", Slot.NEXT: "key-2"}


def test_a_key_is_published_an_hour_before_it_signs_and_an_hour_after(keys: FakeKeys, clock: FixedClock) -> None:
    clock.pass_time(days=90)
    steps = []
    for _ in range(12):
        step = run(keys)
        steps.append((step, keys.slots[Slot.CURRENT], frozenset(keys.live)))
        clock.pass_time(minutes=30)
    both = frozenset({"key-1", "key-2"})
    nothing = Step.NOTHING
    assert steps[:5] == [
        (Step.PUBLISH, "key-1", both),
        (nothing, "key-1", both),
        (Step.PROMOTE, "key-2", both),
        (nothing, "key-2", both),
        (Step.RETIRE, "key-2", frozenset({"key-2"})),
    ]
    assert {step for step, _, _ in steps[5:]} == {nothing}
    assert keys.retired == ["key-1"]


def test_a_rotation_that_breaks_off_anywhere_is_made_good_and_never_hides_a_key_in_use(clock: FixedClock) -> None:
    for dies_at in range(1, 11):
        keys = FakeKeys(clock)
        keys.dies_at = dies_at
        clock.pass_time(days=90)
        for _ in range(6):
            signing = keys.slots[Slot.CURRENT]
            try:
                run(keys)
            except CrashError:
                assert signing in keys.live
                run(keys)
            assert signing in keys.live
            assert keys.slots[Slot.CURRENT] not in keys.retired
            clock.pass_time(seconds=OVERLAP.total_seconds())
        newest = keys.slots[Slot.CURRENT]
        assert newest != "key-1"
        assert keys.slots == {Slot.CURRENT: newest}
        assert set(keys.keys) == {newest, *keys.retired}, "a key was left behind"


def test_what_cannot_be_by_itself_does_no_harm(keys: FakeKeys, clock: FixedClock) -> None:
    keys.slots[Slot.PREVIOUS] = "key-1"
    assert run(keys) is Step.RETIRE
    assert keys.retired == []
    keys.create()
    keys.create()
    keys.slots |= {Slot.NEXT: "key-2", Slot.PREVIOUS: "key-3"}
    assert run(keys) is Step.RETIRE
    assert keys.retired == ["key-3"]
