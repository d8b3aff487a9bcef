"""Stock, on the real table: adjusted, quoted, held, sold, given back, told."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from catalog import consumer, internal, relay, schedule, wiring
from catalog.domain.stock import Reservation
from catalog.use_cases import stock
from catalog.use_cases.ports import Ports
from minishop import aws as minishop_aws
from minishop import clock
from minishop.contracts.orders import OrderCancelled, OrderConfirmed
from minishop.money import Money
from minishop.sweeps import SweepError
from tests.helpers import answer_of, bus_message, http_event, sqs_event
from tests.integration.catalog.samples import (
    adjust,
    check_stock,
    create,
    hold,
    level,
    mug,
    patch,
    release,
    stream,
    variant,
)
from tests.integration.conftest import Aws

EUR = "EUR"


@pytest.fixture
def stocked(shop: Aws) -> Aws:
    """Ten red mugs at 12.90, three blue ones at 15.90."""
    create(mug("mug", variant("RED", 1290), variant("BLUE", 1590), variant("OLD", 100)))
    create(mug("draft", variant("DRAFT"), status="draft"))
    for sku, quantity in (("RED", 10), ("BLUE", 3), ("DRAFT", 5)):
        assert adjust(sku, quantity)["statusCode"] == 201
    return shop


def react(*events: Any) -> None:
    assert consumer.handler(sqs_event(*(bus_message(event) for event in events)), None) == {"batchItemFailures": []}


def confirmed(order: str) -> OrderConfirmed:
    return OrderConfirmed(order_id=order, number="M-1", owner="cus_ada", lines=(), total=Money(1, EUR))


def cancelled(order: str) -> OrderCancelled:
    return OrderCancelled(
        order_id=order, number="M-1", owner="cus_ada", reason="customer", was_confirmed=True, lines=()
    )


def pass_time(monkeypatch: pytest.MonkeyPatch, **duration: float) -> None:
    later = clock.system.now() + timedelta(**duration)
    monkeypatch.setattr(clock.system, "source", lambda: later)


def quote(**body: Any) -> dict[str, Any]:
    body = {"customer_id": "cus_ada", **body}
    response: dict[str, Any] = internal.handler(
        http_event("POST /internal/quotes", body=body, caller="orders-api"), None
    )
    return response


def test_an_adjustment_counts_once_for_its_key(stocked: Aws) -> None:
    first, again = adjust("RED", 5, "key"), adjust("RED", 5, "key")
    assert first["statusCode"] == again["statusCode"] == 201
    assert first["body"] == again["body"]
    for other in (adjust("RED", 6, "key"), adjust("BLUE", 5, "key")):
        assert (other["statusCode"], answer_of(other)["code"]) == (422, "idempotency_key_reused")
    assert level("RED") == (15, 0, 15)


def test_stock_is_not_adjusted_below_zero_or_by_nothing(stocked: Aws) -> None:
    short = adjust("BLUE", -4)
    assert (short["statusCode"], answer_of(short)["code"]) == (409, "insufficient_stock")
    assert adjust("BLUE", -3)["statusCode"] == 201
    assert adjust("BLUE", 0)["statusCode"] == 422
    unknown = adjust("NOBODY", 1)
    assert (unknown["statusCode"], answer_of(unknown)["code"]) == (404, "unknown_sku")
    check_stock(stocked)


def test_a_quote_prices_lines_and_names_what_is_short(stocked: Aws) -> None:
    lines = [("RED", 2), ("BLUE", 2), ("BLUE", 2), ("DRAFT", 1), ("NOBODY", 1)]
    found = answer_of(quote(lines=[{"sku": sku, "quantity": quantity} for sku, quantity in lines]))
    assert [(line["sku"], line["quantity"], line["line_total"]["amount"]) for line in found["lines"]] == [
        ("RED", 2, 2580),
        ("BLUE", 4, 6360),
    ]
    assert found["lines"][0]["title"] == "Stoneware mug, red"
    assert found["lines"][0]["available"] == 10
    assert found["shortages"] == [
        {"sku": "BLUE", "wanted": 4, "available": 3},
        {"sku": "DRAFT", "wanted": 1, "available": 0},
        {"sku": "NOBODY", "wanted": 1, "available": 0},
    ]
    assert found["subtotal"] == {"amount": 8940, "currency": EUR}


def test_a_hold_takes_all_lines_and_answers_the_same_again(stocked: Aws) -> None:
    expected = {"subtotal": {"amount": 5460, "currency": EUR}, "discount": {"amount": 0, "currency": EUR}}
    first = hold("ord_1", ("RED", 2), ("BLUE", 1), ("RED", 1), expected=expected)
    assert first["statusCode"] == 200, first["body"]
    assert answer_of(first)["status"] == "held"
    assert answer_of(first)["subtotal"]["amount"] == 5460
    assert hold("ord_1", ("RED", 9))["body"] == first["body"]
    assert (level("RED"), level("BLUE")) == ((7, 3, 10), (2, 1, 3))
    check_stock(stocked)


def test_a_hold_that_is_short_of_anything_takes_nothing(stocked: Aws) -> None:
    refused = hold("ord_1", ("RED", 1), ("BLUE", 4), ("DRAFT", 1))
    assert (refused["statusCode"], answer_of(refused)["code"]) == (409, "insufficient_stock")
    assert answer_of(refused)["shortages"] == [
        {"sku": "BLUE", "wanted": 4, "available": 3},
        {"sku": "DRAFT", "wanted": 1, "available": 0},
    ]
    assert level("RED") == (10, 0, 10)
    assert hold("ord_1", ("RED", 1))["statusCode"] == 200, "after a refusal the same order may try again"


def test_a_total_that_is_not_the_expected_one_is_refused_before_holding(stocked: Aws) -> None:
    expected = {"subtotal": {"amount": 1, "currency": EUR}, "discount": {"amount": 0, "currency": EUR}}
    refused = hold("ord_1", ("RED", 1), expected=expected)
    assert (refused["statusCode"], answer_of(refused)["code"]) == (409, "total_changed")
    assert level("RED") == (10, 0, 10)


def test_a_sale_writes_the_reservation_alone(stocked: Aws) -> None:
    hold("ord_1", ("RED", 2), ("BLUE", 1))
    writes: list[str] = []
    minishop_dynamodb().meta.events.register(
        "before-call.dynamodb", lambda model, **_: writes.append(model.name), unique_id="writes"
    )
    react(confirmed("ord_1"), confirmed("ord_1"))
    minishop_dynamodb().meta.events.unregister("before-call.dynamodb", unique_id="writes")
    assert writes == ["GetItem", "PutItem", "GetItem"]
    assert level("RED") == (8, 2, 10)
    check_stock(stocked)


def minishop_dynamodb() -> Any:
    from minishop.dynamodb import connection

    return connection().client


def test_a_cancelled_order_s_stock_comes_back_once_whatever_is_repeated(stocked: Aws) -> None:
    for order, before in (("ord_held", []), ("ord_sold", [confirmed("ord_sold")])):
        hold(order, ("RED", 2))
        react(*before, cancelled(order), cancelled(order), confirmed(order))
        assert level("RED") == (10, 0, 10)
        late = hold(order, ("RED", 2))
        assert (late["statusCode"], answer_of(late)["code"]) == (409, "reservation_released")
    check_stock(stocked)


def test_a_release_that_comes_first_keeps_a_late_hold_out(stocked: Aws) -> None:
    assert release("ord_1")["statusCode"] == release("ord_1")["statusCode"] == 204
    late = hold("ord_1", ("RED", 2))
    assert (late["statusCode"], answer_of(late)["code"]) == (409, "reservation_released")
    assert level("RED") == (10, 0, 10)


def test_a_sale_is_not_released_by_a_call(stocked: Aws) -> None:
    hold("ord_1", ("RED", 2))
    react(confirmed("ord_1"))
    refused = release("ord_1")
    assert (refused["statusCode"], answer_of(refused)["code"]) == (409, "reservation_committed")
    assert level("RED") == (8, 2, 10)


def test_a_confirmation_of_an_order_that_holds_nothing_is_not_swallowed(stocked: Aws) -> None:
    answer = consumer.handler(sqs_event(bus_message(confirmed("ord_none"))), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}


def test_a_hold_that_runs_out_goes_back_and_can_be_held_again_at_its_price(
    stocked: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = answer_of(hold("ord_1", ("RED", 2)))
    assert schedule.handler({"task": "expire_reservations"}, None) == {"expire_reservations": 0}
    pass_time(monkeypatch, seconds=901)
    assert schedule.handler({"task": "expire_reservations"}, None) == {"expire_reservations": 1}
    assert schedule.handler({"task": "expire_reservations"}, None) == {"expire_reservations": 0}
    assert level("RED") == (10, 0, 10)
    assert "ReservationExpired" in stocked.outboxes("CatalogTable")
    again = answer_of(hold("ord_1", ("RED", 2), caller="orders-consumer"))
    assert again["lines"] == first["lines"]
    assert again["expires_at"] > first["expires_at"]
    assert level("RED") == (8, 2, 10)
    check_stock(stocked)


def test_a_hold_that_cannot_be_swept_keeps_none_behind_it_waiting(
    stocked: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        assert hold(f"ord_{number}", ("RED", 1))["statusCode"] == 200
    pass_time(monkeypatch, seconds=901)
    expire = stock.expire_reservation
    first, *_ = stock.due_reservations(wiring.ports())

    def poisoned(ports: Ports, reservation: Reservation) -> bool:
        if reservation.order_id == first.order_id:
            raise RuntimeError("poison")
        return expire(ports, reservation)

    monkeypatch.setattr(stock, "expire_reservation", poisoned)
    with pytest.raises(SweepError):
        schedule.handler({"task": "expire_reservations"}, None)
    assert level("RED") == (9, 1, 10)


def test_a_sweep_ends_before_its_function_does_and_the_next_goes_on(
    stocked: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hold("ord_1", ("RED", 1))["statusCode"] == 200
    assert level("RED") == (9, 1, 10)
    pass_time(monkeypatch, seconds=901)
    with monkeypatch.context() as patch:
        patch.setattr(schedule, "WORK_FOR", timedelta())
        assert schedule.handler({"task": "expire_reservations"}, None) == {"expire_reservations": 0}
    assert schedule.handler({"task": "expire_reservations"}, None) == {"expire_reservations": 1}


def test_a_hold_that_ran_out_unswept_is_prolonged_without_taking_twice(
    stocked: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold("ord_1", ("RED", 10))
    pass_time(monkeypatch, seconds=901)
    assert hold("ord_1", ("RED", 10))["statusCode"] == 200
    assert schedule.handler({"task": "expire_reservations"}, None) == {"expire_reservations": 0}
    assert level("RED") == (0, 10, 10)


def test_an_expired_hold_whose_stock_is_gone_is_refused_with_what_is_short(
    stocked: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold("ord_1", ("BLUE", 2))
    pass_time(monkeypatch, seconds=901)
    schedule.handler({"task": "expire_reservations"}, None)
    hold("ord_2", ("BLUE", 2))
    refused = hold("ord_1", ("BLUE", 2))
    assert answer_of(refused)["shortages"] == [{"sku": "BLUE", "wanted": 2, "available": 1}]
    check_stock(stocked)


def test_a_paid_order_is_not_swept_even_if_the_index_is_behind(stocked: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    hold("ord_1", ("RED", 2))
    pass_time(monkeypatch, seconds=901)
    stale = list(wiring.ports().stock.due(clock.system.now()))
    assert len(stale) == 1
    react(confirmed("ord_1"))
    real = wiring.ports().stock
    monkeypatch.setattr(type(real), "due", lambda self, at: stale)
    assert schedule.handler({"task": "expire_reservations"}, None) == {"expire_reservations": 0}
    assert level("RED") == (8, 2, 10)


def test_a_price_that_changes_under_the_hold_is_not_missed(stocked: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.domain.stock import Move
    from catalog.repository import StockTable

    product = create(mug("vase", variant("VASE", 1000)))
    adjust("VASE", 5)
    save = StockTable.save

    def save_late(self: StockTable, move: Move, **options: Any) -> Any:
        monkeypatch.setattr(StockTable, "save", save)
        patch(product, variants=[variant("VASE", 2000)])
        return save(self, move, **options)

    monkeypatch.setattr(StockTable, "save", save_late)
    assert answer_of(hold("ord_1", ("VASE", 1)))["subtotal"]["amount"] == 2000
    check_stock(stocked)


def test_of_many_buyers_exactly_as_many_get_it_as_there_are(stocked: Aws) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: hold(f"ord_{number}", ("BLUE", 1), ("RED", 1)), range(24)))
    statuses = [answer["statusCode"] for answer in answers]
    assert set(statuses) <= {200, 409}
    assert statuses.count(200) == 3
    assert level("BLUE") == (0, 3, 3)
    check_stock(stocked)


def test_whatever_happens_in_whatever_order_the_books_agree(stocked: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    random_source = random.Random(7)
    orders = [f"ord_{number}" for number in range(5)]
    for step in range(50):
        order = random_source.choice(orders)
        sku = random_source.choice(["RED", "BLUE"])
        match random_source.randrange(6):
            case 0:
                hold(order, ("RED", random_source.randint(1, 5)), (sku, random_source.randint(1, 3)))
            case 1:
                consumer.handler(sqs_event(bus_message(confirmed(order))), None)
            case 2:
                release(order)
            case 3 if random_source.random() < 0.3:
                react(cancelled(order))
            case 4:
                pass_time(monkeypatch, seconds=500)
                schedule.handler({"task": "expire_reservations"}, None)
            case _:
                adjust(sku, random_source.choice([-2, 1, 2]), f"step-{step}")
        check_stock(stocked)


@pytest.mark.parametrize(
    "body",
    [
        {"lines": [], "customer_id": "cus_ada"},
        {"lines": [{"sku": "RED", "quantity": 0}], "customer_id": "cus_ada"},
        {"lines": [{"sku": "RED", "quantity": "1"}], "customer_id": "cus_ada"},
        {"lines": [{"sku": f"S{number}", "quantity": 1} for number in range(91)], "customer_id": "cus_ada"},
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(stocked: Aws, body: dict[str, Any]) -> None:
    event = http_event(
        "PUT /internal/reservations/{order_id}", path={"order_id": "ord_1"}, body=body, caller="orders-api"
    )
    assert internal.handler(event, None)["statusCode"] == 422


def test_the_largest_order_fits_into_one_transaction(shop: Aws) -> None:
    skus = [f"S{number}" for number in range(90)]
    for start in range(0, 90, 30):
        create(mug(f"mug-{start}", *(variant(sku) for sku in skus[start : start + 30])))
    for sku in skus:
        adjust(sku, 1)
    assert hold("ord_1", *((sku, 1) for sku in skus))["statusCode"] == 200
    check_stock(shop)


@pytest.mark.parametrize("caller", ["cart-api", "orders-relay", None])
def test_only_orders_may_hold(stocked: Aws, caller: str | None) -> None:
    event = http_event(
        "PUT /internal/reservations/{order_id}",
        path={"order_id": "ord_1"},
        body={"lines": [{"sku": "RED", "quantity": 1}], "customer_id": "cus_ada"},
        caller=caller,
    )
    assert internal.handler(event, None)["statusCode"] == 403
    assert level("RED") == (10, 0, 10)


def test_the_relay_tells_levels_that_matter_to_a_cart_as_they_change(shop: Aws) -> None:
    create(mug("mug", variant("RED")))
    for delta in (150, -20, -60, 5):
        adjust("RED", delta)
    hold("ord_1", ("RED", 1))
    told: list[dict[str, Any]] = []
    put = minishop_aws.client("events").put_events

    def record(**request: Any) -> Any:
        told.extend(request["Entries"])
        return put(**request)

    minishop_aws.client("events").put_events = record
    assert relay.handler({"Records": stream(shop)}, None) == {"batchItemFailures": []}
    levels = [entry for entry in told if entry["DetailType"] == "StockLevelChanged"]
    import json

    details = [json.loads(entry["Detail"]) for entry in levels]
    assert [detail["data"]["available"] for detail in details] == [100, 70, 75, 74]
    assert [detail["metadata"]["sequence"] for detail in details] == [1, 3, 4, 5]
    assert {detail["metadata"]["aggregate_id"] for detail in details} == {"RED"}
    assert sorted(entry["DetailType"] for entry in told if entry not in levels) == ["ProductPublished", "StockHeld"]


def test_a_level_that_falls_low_is_told_once_until_it_has_risen(shop: Aws) -> None:
    create(mug("mug", variant("RED")))
    for key, delta in enumerate((10, -4, -1, -2, 9, -12)):  # 10, 6, 5, 3, 12, 0
        adjust("RED", delta, key=f"delta-{key}")
    told = [
        (entry.detail["data"].available, entry.detail["data"].threshold)
        for record in stream(shop)
        for entry in relay.derive_stock_level(record)
        if entry.detail_type == "StockLow"
    ]
    assert told == [(5, 5), (0, 5)]


def test_a_stream_record_that_is_no_level_is_set_aside(shop: Aws) -> None:
    record = {"dynamodb": {"SequenceNumber": "1", "NewImage": {"available": {"N": "1"}}}}
    assert relay.handler({"Records": [record]}, None) == {"batchItemFailures": []}
    (stored,) = aws_objects(shop)
    assert stored.endswith("unsendable/1.json")


def aws_objects(aws: Aws) -> list[str]:
    import os

    listed = aws.client("s3").list_objects_v2(Bucket=os.environ["FAILURES_BUCKET"])
    return [entry["Key"] for entry in listed.get("Contents", [])]


def test_notifications_sees_what_goods_look_like_and_nobody_else_asks(stocked: Aws) -> None:
    body = {"skus": ["RED", "GONE"]}
    answer = internal.handler(http_event("POST /internal/previews", body=body, caller="notifications-consumer"), None)
    (seen,) = answer_of(answer)["items"]
    assert seen.keys() == {"sku", "title", "image", "unit_price", "available"}
    assert (seen["sku"], seen["unit_price"]["currency"]) == ("RED", "EUR")
    assert (
        internal.handler(http_event("POST /internal/previews", body=body, caller="orders-api"), None)["statusCode"]
        == 403
    )
