"""Items, conditions, outboxes and transactions, on a table of the template."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError

from minishop import dynamodb
from minishop.dynamodb import (
    DocumentAttribute,
    FromEnvironment,
    Item,
    TableMeta,
    TimeAttribute,
    Transaction,
    TransactionRefusedError,
)
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import decode_outbox
from minishop.money import Money
from tests.integration.conftest import Aws
from tests.times import NOON
from tests.unit.minishop.fakes import ThingHappened

EVENT = ThingHappened(thing_id="t1", amount=Money(1, "EUR"))


class Mood(StrEnum):
    GOOD = "good"


@dataclass(frozen=True)
class Part:
    name: str
    price: Money
    mood: Mood = Mood.GOOD
    note: str | None = None
    tags: tuple[str, ...] = ()
    sizes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawing:
    main: Part
    made: datetime
    final: bool = False
    others: tuple[Part, ...] = ()


class ThingItem(Item):
    """A thing in somebody's table."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SHIPPING_TABLE")

    title = UnicodeAttribute(default="mug")
    stock = NumberAttribute(default=0)
    seen = TimeAttribute(null=True)
    parts = DocumentAttribute[tuple[Part, ...]](tuple[Part, ...], null=True)
    names = DocumentAttribute[list[str]](list[str], null=True)
    drawing = DocumentAttribute[Drawing](Drawing, null=True)
    levels = DocumentAttribute[dict[str, int]](dict[str, int], null=True)

    @property
    def aggregate_id(self) -> str:
        """The key without its prefix."""
        return self.pk.removeprefix("thing#")


class OtherItem(Item):
    """Another class of item in the same table."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SHIPPING_TABLE")


@pytest.fixture
def table(aws: Aws) -> Aws:
    aws.use("ShippingApiFunction")
    return aws


def thing(number: int = 1, **values: Any) -> ThingItem:
    return ThingItem(f"thing#{number}", "thing", **values)


def stored(number: int = 1) -> ThingItem:
    found = ThingItem.find(f"thing#{number}", "thing")
    assert found is not None
    return found


def wire(table: Aws) -> dict[str, Any]:
    """The one item of the table, as it is stored."""
    (item,) = table.items("ShippingTable")
    return item


def put(number: int = 1, **values: Any) -> ThingItem:
    """A thing that is there, with an event that waits to be told."""
    item = thing(number, **values)
    dynamodb.insert(item, [EVENT], at=NOON)
    return item


def test_what_was_inserted_is_found(table: Aws) -> None:
    dynamodb.insert(thing(title="cup", version=1))
    found = stored()
    assert (found.title, found.version, found.stock) == ("cup", 1, 0)
    assert ThingItem.find("thing#1", "thing", consistent=False) is not None
    assert ThingItem.find("thing#1", "other") is None
    assert ThingItem.find("thing#2", "thing") is None


def test_a_key_is_inserted_once_and_the_first_stays(table: Aws) -> None:
    put(title="first")
    with pytest.raises(AlreadyExistsError, match="thing#1"):
        dynamodb.insert(thing(title="second"))
    assert stored().title == "first"
    assert table.outboxes("ShippingTable") == ["ThingHappened"]


def test_the_same_partition_holds_other_items(table: Aws) -> None:
    put()
    dynamodb.insert(OtherItem("thing#1", "other"))
    assert len(table.items("ShippingTable")) == 2


def test_an_insert_carries_its_events(table: Aws) -> None:
    dynamodb.insert(thing(version=1), [EVENT, EVENT], at=NOON)
    entries = decode_outbox(wire(table)["outbox"]["S"])
    assert [entry.detail_type for entry in entries] == ["ThingHappened"] * 2
    metadata = entries[0].detail["metadata"]
    assert (metadata["aggregate_id"], metadata["sequence"]) == ("1", 1)
    assert metadata["occurred_at"] == "2026-11-22T12:00:00.000Z"


def test_an_item_that_says_nothing_else_is_called_by_its_key(table: Aws) -> None:
    dynamodb.insert(OtherItem("other#1", "other"), [EVENT], at=NOON)
    (entry,) = decode_outbox(wire(table)["outbox"]["S"])
    assert entry.detail["metadata"]["aggregate_id"] == "other#1"


def test_an_insert_without_events_has_no_outbox(table: Aws) -> None:
    item = thing()
    item.outbox = "left over"
    dynamodb.insert(item)
    assert set(wire(table)) == {"pk", "sk", "version", "title", "stock"}


def test_events_need_a_time(table: Aws) -> None:
    with pytest.raises(ValueError, match="need the time"):
        dynamodb.insert(thing(), [EVENT])
    with pytest.raises(ValueError, match="need the time"):
        Transaction().insert("thing", thing(), [EVENT])
    assert table.items("ShippingTable") == []


def test_a_replacement_is_the_next_version_and_takes_the_old_events_away(table: Aws) -> None:
    put(version=1)
    item = stored()
    item.title = "cup"
    dynamodb.replace(item, expected=1)
    assert (stored().title, stored().version) == ("cup", 2)
    assert "outbox" not in wire(table)


def test_a_replacement_tells_its_own_events_under_its_own_sequence(table: Aws) -> None:
    put(version=1)
    item = stored()
    dynamodb.replace(item, [EVENT], expected=1, at=NOON + timedelta(seconds=1))
    (entry,) = decode_outbox(wire(table)["outbox"]["S"])
    assert entry.detail["metadata"]["sequence"] == 2
    assert entry.detail["metadata"]["occurred_at"] == "2026-11-22T12:00:01.000Z"


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_a_replacement_of_another_version_is_refused(table: Aws, expected: int) -> None:
    put(title="first", version=2)
    with pytest.raises(ConcurrentUpdateError, match=f"not at version {expected}"):
        dynamodb.replace(thing(title="second"), expected=expected)
    assert stored().title == "first"


def test_a_replacement_of_nothing_is_refused(table: Aws) -> None:
    with pytest.raises(ConcurrentUpdateError):
        dynamodb.replace(thing(), expected=0)
    assert table.items("ShippingTable") == []


def test_a_change_in_place_takes_the_old_events_away_and_keeps_the_version(table: Aws) -> None:
    put(version=4)
    changed = dynamodb.change(thing(), [ThingItem.stock.add(3)])
    assert (changed.stock, changed.version, changed.title) == (3, 4, "mug")
    assert "outbox" not in wire(table)


def test_a_change_whose_condition_does_not_hold_changes_nothing(table: Aws) -> None:
    put(stock=2)
    with pytest.raises(ConcurrentUpdateError, match="the condition does not hold"):
        dynamodb.change(thing(), [ThingItem.stock.add(-3)], condition=ThingItem.stock >= 3)
    assert stored().stock == 2
    assert table.outboxes("ShippingTable") == ["ThingHappened"]
    dynamodb.change(thing(), [ThingItem.stock.add(-2)], condition=ThingItem.stock >= 2)
    assert stored().stock == 0


def test_a_change_without_a_condition_makes_what_was_not_there(table: Aws) -> None:
    assert dynamodb.change(thing(), [ThingItem.stock.add(1)]).stock == 1


def test_other_failures_of_aws_are_told_as_they_are(table: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    put()
    monkeypatch.setenv("SHIPPING_TABLE", "no-such-table")
    dynamodb.reset_connections()
    for write, error in (
        (lambda: dynamodb.insert(thing()), PutError),
        (lambda: dynamodb.replace(thing(), expected=0), PutError),
        (lambda: dynamodb.change(thing(), [ThingItem.stock.add(1)]), UpdateError),
    ):
        with pytest.raises(error):
            write()
    transaction = Transaction()
    transaction.insert("thing", thing(2))
    with pytest.raises(TransactWriteError):
        transaction.commit()


def test_a_table_s_name_is_read_again_after_a_reset(table: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    put()
    monkeypatch.setenv("SHIPPING_TABLE", table.world.tables["OrdersTable"])
    assert ThingItem.find("thing#1", "thing") is not None
    dynamodb.reset_connections()
    assert ThingItem.find("thing#1", "thing") is None
    put(7)
    assert [item["pk"]["S"] for item in table.items("OrdersTable")] == ["thing#7"]


def test_all_items_share_one_client_with_limits(table: Aws) -> None:
    ThingItem.find("a", "b")
    OtherItem.find("a", "b")
    clients = {id(item._get_connection().connection.client) for item in (ThingItem, OtherItem)}
    assert clients == {id(dynamodb.connection().client)}
    config: Any = dynamodb.connection().client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 3)
    assert config.retries["total_max_attempts"] == 3


PART = Part("lid", Money(199, "EUR"), note="", tags=("a", "b"), sizes={"x": 10**30})


def test_value_objects_are_native_maps_and_lists(table: Aws) -> None:
    item = thing(
        seen=NOON,
        parts=(PART, Part("pot", Money(-1, "EUR"), Mood.GOOD)),
        names=["a", ""],
        drawing=Drawing(PART, NOON, final=True, others=(PART,)),
        levels={"MUG": 0},
        expires_at=1,
    )
    dynamodb.insert(item)
    raw = wire(table)
    assert raw["parts"]["L"][0]["M"]["price"] == {"M": {"amount": {"N": "199"}, "currency": {"S": "EUR"}}}
    assert raw["parts"]["L"][1]["M"]["note"] == {"NULL": True}
    assert raw["drawing"]["M"]["final"] == {"BOOL": True}
    assert raw["seen"] == {"S": "2026-11-22T12:00:00.000Z"}
    found = stored()
    for name in ("parts", "names", "drawing", "levels", "seen", "expires_at"):
        assert getattr(found, name) == getattr(item, name), name


def test_empty_collections_stay_empty_and_nothing_stays_nothing(table: Aws) -> None:
    dynamodb.insert(thing(parts=(), names=[], levels={}))
    found: Any = stored()
    assert (found.parts, found.names, found.levels, found.drawing) == ((), [], {}, None)
    assert "drawing" not in wire(table)


def test_fields_that_came_later_take_their_defaults_and_old_ones_are_passed_over(table: Aws) -> None:
    dynamodb.insert(thing())
    old = {
        "M": {"name": {"S": "lid"}, "price": {"M": {"amount": {"N": "1"}, "currency": {"S": "EUR"}}}, "gone": {"L": []}}
    }
    key = {"pk": {"S": "thing#1"}, "sk": {"S": "thing"}}
    table.client("dynamodb").put_item(
        TableName=table.world.tables["ShippingTable"], Item={**key, "version": {"N": "1"}, "parts": {"L": [old]}}
    )
    assert stored().parts == (Part("lid", Money(1, "EUR")),)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"L": [{"M": {"name": {"N": "7"}}}]}, msgspec.ValidationError),
        ({"L": [{"M": {}}]}, msgspec.ValidationError),
        ({"L": [{"S": "lid"}]}, msgspec.ValidationError),
        ({"L": [{"SS": ["lid"]}]}, TypeError),
        ({"L": [{"N": "1.5"}]}, ValueError),
    ],
)
def test_an_item_that_holds_something_else_is_refused(table: Aws, value: Any, error: type[Exception]) -> None:
    key = {"pk": {"S": "thing#1"}, "sk": {"S": "thing"}}
    table.client("dynamodb").put_item(TableName=table.world.tables["ShippingTable"], Item={**key, "parts": value})
    with pytest.raises(error):
        ThingItem.find("thing#1", "thing")


@pytest.mark.parametrize("value", [[1.5], [b"bytes", 2.0], {"a": {1.5: 2.5}}])
def test_what_has_no_place_in_an_item_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="has no place in an item"):
        DocumentAttribute[Any](list[Any]).serialize(value)


def test_a_time_without_an_offset_is_not_stored(table: Aws) -> None:
    with pytest.raises(ValueError, match="offset"):
        dynamodb.insert(thing(seen=datetime(2026, 1, 1)))  # noqa: DTZ001
    dynamodb.insert(thing(seen=datetime(2026, 1, 1, tzinfo=UTC)))


def full(*, first: int = 0, checked: int = 1, expected: int = 1) -> Transaction:
    """A transaction of every kind of operation, enlisted in another order than pynamodb sends them in."""
    transaction = Transaction(sleep=never)
    transaction.change("take", thing(1), [ThingItem.stock.add(-1)], condition=ThingItem.stock > first)
    transaction.insert("new", thing(2, version=1), [EVENT], at=NOON)
    transaction.check("open", ThingItem, "thing#3", "thing", ThingItem.stock == checked)
    transaction.replace("next", thing(4), [EVENT], expected=expected, at=NOON)
    transaction.change("note", thing(5), [ThingItem.title.set("cup")], condition=ThingItem.pk.exists())
    return transaction


def never(seconds: float) -> None:
    raise AssertionError("a failed condition is not tried again")


@pytest.fixture
def filled(table: Aws) -> Aws:
    put(1, stock=1, version=1)
    put(3, stock=1, version=1)
    put(4, version=1)
    put(5, version=1)
    return table


def waiting(table: Aws) -> dict[str, bool]:
    return {item["pk"]["S"]: "outbox" in item for item in table.items("ShippingTable")}


def test_a_transaction_writes_all(filled: Aws) -> None:
    full().commit()
    assert (stored(1).stock, stored(2).version, stored(4).version, stored(5).title) == (0, 1, 2, "cup")
    assert (stored(1).version, stored(5).version) == (1, 1)


def test_every_write_of_a_transaction_sets_or_takes_away_the_outbox(filled: Aws) -> None:
    assert all(waiting(filled).values())
    full().commit()
    assert waiting(filled) == {"thing#1": False, "thing#2": True, "thing#3": True, "thing#4": True, "thing#5": False}
    (entry,) = decode_outbox(stored(4).outbox or "")
    assert entry.detail["metadata"]["sequence"] == 2


def test_a_transaction_s_replacement_without_events_takes_the_old_ones_away(filled: Aws) -> None:
    transaction = Transaction(sleep=never)
    transaction.replace("next", thing(4), expected=1)
    transaction.insert("new", thing(2))
    transaction.commit()
    assert not waiting(filled)["thing#4"]
    assert not waiting(filled)["thing#2"]


def test_a_transaction_deletes_with_the_rest_or_not_at_all(filled: Aws) -> None:
    for number in (1, 2):
        transaction = Transaction(sleep=never)
        transaction.insert("new", thing(number))
        transaction.delete("old", thing(5))
        transaction.delete("never there", thing(9))
        transaction.check("open", ThingItem, "thing#3", "thing", ThingItem.stock == 1)
        if number == 1:
            with pytest.raises(TransactionRefusedError) as refused:
                transaction.commit()
            assert refused.value.failed == ("new",)
            assert set(waiting(filled)) == {"thing#1", "thing#3", "thing#4", "thing#5"}
        else:
            transaction.commit()
    assert set(waiting(filled)) == {"thing#1", "thing#2", "thing#3", "thing#4"}


def damage(*numbers: int) -> Callable[[], None]:
    """Takes away what an operation of `full` counts on; 2 puts in its way what must not be there."""

    def apply() -> None:
        for number in numbers:
            if number == 2:
                put(2)
            else:
                stored(number).delete()

    return apply


@pytest.mark.parametrize(
    ("gone", "failed"),
    [
        ((1,), ("take",)),
        ((2,), ("new",)),
        ((3,), ("open",)),
        ((4,), ("next",)),
        ((5,), ("note",)),
        ((1, 3), ("open", "take")),
        ((2, 5), ("new", "note")),
        ((1, 2, 3, 4, 5), ("open", "new", "next", "take", "note")),
    ],
)
def test_a_refusal_names_the_operations_that_failed(
    filled: Aws, gone: tuple[int, ...], failed: tuple[str, ...]
) -> None:
    damage(*gone)()
    before = filled.items("ShippingTable")
    with pytest.raises(TransactionRefusedError) as caught:
        full().commit()
    assert caught.value.failed == failed
    assert isinstance(caught.value, ConcurrentUpdateError)
    assert filled.items("ShippingTable") == before


class Interference:
    """Answers the first transactions in DynamoDB's place; `codes` are the reasons, one for each operation."""

    def __init__(self, times: int, *codes: str, error: str = "TransactionCanceledException") -> None:
        self.times = times
        self.codes = codes
        self.error = error
        self.tried = 0
        self.slept: list[float] = []
        events = dynamodb.connection().client.meta.events
        events.register_first("before-call.dynamodb.TransactWriteItems", self)

    def __call__(self, **_: Any) -> Any:
        self.tried += 1
        if self.tried > self.times:
            return None
        reasons = [{"Code": code, **({} if code == "None" else {"Message": "no"})} for code in self.codes]
        answer = {
            "Error": {"Code": self.error, "Message": "no"},
            "CancellationReasons": reasons,
            "ResponseMetadata": {},
        }
        return SimpleNamespace(status_code=400, headers={}), answer

    def commit(self) -> None:
        transaction = Transaction(sleep=self.slept.append)
        transaction.insert("new", thing(2))
        transaction.change("take", thing(1), [ThingItem.stock.add(-1)])
        transaction.commit()


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_what_is_only_in_the_way_is_tried_again_after_a_while(filled: Aws, code: str) -> None:
    interference = Interference(3, "None", code)
    interference.commit()
    assert stored(1).stock == 0
    assert interference.tried == 4
    assert len(interference.slept) == 3
    assert all(0 <= pause <= 0.02 * 2**number for number, pause in enumerate(interference.slept))


def test_a_conflict_of_the_whole_request_is_tried_again(filled: Aws) -> None:
    interference = Interference(1, error="TransactionConflictException")
    interference.commit()
    assert interference.tried == 2


def test_a_conflict_that_stays_is_a_concurrent_update(filled: Aws) -> None:
    interference = Interference(99, "TransactionConflict", "None")
    with pytest.raises(ConcurrentUpdateError, match="stay in the way") as caught:
        interference.commit()
    assert not isinstance(caught.value, TransactionRefusedError)
    assert interference.tried == 6
    assert len(interference.slept) == 5
    assert max(interference.slept) <= 0.4
    assert stored(1).stock == 1


def test_a_table_that_does_not_keep_up_is_no_conflict(filled: Aws) -> None:
    interference = Interference(99, "ThrottlingError", "None")
    with pytest.raises(TransactWriteError):
        interference.commit()
    assert interference.tried == 6


def test_a_condition_that_fails_beside_a_conflict_is_a_refusal(filled: Aws) -> None:
    interference = Interference(1, "ConditionalCheckFailed", "TransactionConflict")
    with pytest.raises(TransactionRefusedError) as caught:
        interference.commit()
    assert caught.value.failed == ("new",)
    assert interference.slept == []


@pytest.mark.parametrize(
    ("codes", "error"),
    [
        (("ValidationError", "None"), "TransactionCanceledException"),
        ((), "AccessDeniedException"),
        ((), "ValidationException"),
    ],
)
def test_what_no_other_try_would_mend_is_told_at_once(filled: Aws, codes: tuple[str, ...], error: str) -> None:
    interference = Interference(1, *codes, error=error)
    with pytest.raises(TransactWriteError):
        interference.commit()
    assert interference.tried == 1


def test_a_transaction_is_sent_with_a_token_so_that_a_lost_answer_does_no_harm(filled: Aws) -> None:
    tokens: list[str] = []

    def note(params: Any, **_: Any) -> None:
        tokens.append(json.loads(params["body"])["ClientRequestToken"])

    dynamodb.connection().client.meta.events.register("before-call.dynamodb.TransactWriteItems", note)
    full().commit()
    assert len(tokens) == 1
    assert tokens[0]
