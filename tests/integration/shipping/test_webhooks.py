"""What carriers send: only what is theirs and fresh counts, once, and none of it is forgotten."""

import base64
import json
import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from minishop import secrets
from shipping import api, consumer
from tests.helpers import answer_of, http_event, sqs_event
from tests.integration.conftest import Aws
from tests.integration.shipping.samples import signature, signed, sold, webhook

OTHER_SECRET = "Zm9yZ2VkLWZvcmdlZC1mb3JnZWQ="
KEPT = {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
HOSTILE = 1_000


def tracked(number: str) -> dict[str, Any]:
    event = http_event("GET /v1/tracking/{tracking_number}", path={"tracking_number": number})
    answer: dict[str, Any] = answer_of(api.handler(event, None))
    return answer


def taken(event: dict[str, Any]) -> tuple[int, str]:
    response = api.handler(event, None)
    return response["statusCode"], (answer_of(response) or {}).get("code", "")


def test_a_signed_report_goes_through_the_inbox_and_moves_the_parcel(shop: Aws) -> None:
    number = sold()["tracking_number"]
    event = signed({"tracking_number": number, "status": "delivered", "occurred_at": "2026-11-22T13:00:00+01:00"})
    assert taken(event) == (200, "")
    (message,) = shop.messages("ShippingInbox")
    assert consumer.handler(sqs_event(message["Body"], message["Body"]), None) == {"batchItemFailures": []}
    tracking = tracked(number)
    assert tracking["status"] == "delivered"
    assert set(tracking["timeline"][0]) == {"at", "kind"}
    assert shop.outboxes("ShippingTable") == ["ShipmentDelivered", "ShipmentDispatched"]


def _forged(dice: random.Random, number: str) -> Iterator[Callable[[], dict[str, Any]]]:
    """Ways to make a webhook that the carrier did not send, or not now."""
    raw = json.dumps({"type": "parcel.delivered", "data": {"tracking_number": number, "status": "delivered"}})
    now = datetime.now(UTC)

    def with_secret() -> dict[str, Any]:
        secret = base64.b64encode(dice.randbytes(24)).decode()
        return webhook(raw, signature(raw, f"msg_{dice.random()}", now, secret))

    def altered() -> dict[str, Any]:
        place = dice.randrange(len(raw))
        other = raw[:place] + chr(ord(raw[place]) ^ (1 << dice.randrange(5))) + raw[place + 1 :]
        return webhook(other, signature(raw, "msg_1", now))

    def with_another_header() -> dict[str, Any]:
        headers = signature(raw, "msg_1", now)
        name = dice.choice(["webhook-id", "webhook-timestamp"])
        return webhook(raw, {**headers, name: f"{dice.choice(['msg_2', '0', 'nan', '', headers[name] + '1'])}"})

    def with_another_signature() -> dict[str, Any]:
        good = base64.b64decode(signature(raw, "msg_1", now)["webhook-signature"].removeprefix("v1,"))
        place = dice.randrange(len(good))
        bad = good[:place] + bytes([good[place] ^ (1 << dice.randrange(8))]) + good[place + 1 :]
        text = f"{dice.choice(['v1', 'v1a', 'v2', ''])},{base64.b64encode(bad).decode()}"
        listed = dice.choice([text, f"{text} {text}", "v1", "v1,", "é", "v2," + base64.b64encode(good).decode()])
        return webhook(raw, {**signature(raw, "msg_1", now), "webhook-signature": listed})

    def stale() -> dict[str, Any]:
        away = timedelta(seconds=dice.randrange(310, 10**6))
        return webhook(raw, signature(raw, "msg_1", now + dice.choice([-1, 1]) * away))

    def without_a_header() -> dict[str, Any]:
        headers = signature(raw, "msg_1", now)
        del headers[dice.choice(sorted(headers))]
        return webhook(raw, headers)

    ways = (with_secret, altered, with_another_header, with_another_signature, stale, without_a_header)
    for _ in range(HOSTILE):
        yield dice.choice(ways)


def test_a_thousand_forged_altered_and_stale_reports_have_no_effect(shop: Aws) -> None:
    number = sold()["tracking_number"]
    before = shop.items("ShippingTable")
    for make in _forged(random.Random(7), number):
        event = make()
        assert taken(event) == (400, "invalid_signature"), (make.__name__, event["headers"], event["body"])
    assert shop.messages("ShippingInbox") == []
    assert shop.items("ShippingTable") == before


def test_a_report_that_is_replayed_has_one_effect(shop: Aws) -> None:
    number = sold()["tracking_number"]
    event = signed({"tracking_number": number, "status": "delivered"})
    for _ in range(30):
        assert taken(event) == (200, "")
    bodies: list[str] = []
    while messages := shop.messages("ShippingInbox"):
        bodies += [message["Body"] for message in messages]
    assert len(bodies) == 30
    assert consumer.handler(sqs_event(*bodies), None) == {"batchItemFailures": []}
    timeline = tracked(number)["timeline"]
    assert [entry["kind"] for entry in timeline] == ["created", "label_created", "dispatched", "delivered"]


def test_while_secrets_rotate_both_are_good_and_afterwards_only_the_new_one(shop: Aws) -> None:
    number = sold()["tracking_number"]
    secret_id = os.environ["CARRIER_SECRET"]
    old = json.loads(shop.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"])
    report = {"tracking_number": number, "status": "in_transit"}

    def keep(**fields: str) -> None:
        shop.client("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=json.dumps(fields))
        secrets.forget()

    try:
        keep(webhook_secret=OTHER_SECRET, previous_webhook_secret=old["webhook_secret"])
        for secret in (OTHER_SECRET, old["webhook_secret"]):
            assert taken(signed(report, secret=secret)) == (200, "")
        keep(webhook_secret=OTHER_SECRET)
        assert taken(signed(report, secret=old["webhook_secret"])) == (400, "invalid_signature")
        assert taken(signed(report, secret=OTHER_SECRET)) == (200, "")
    finally:
        keep(**old)


def test_a_report_on_an_unknown_parcel_is_kept_and_tried_again_until_it_is_known(shop: Aws) -> None:
    unknown = signed({"tracking_number": "SBX-later", "status": "delivered"})
    assert taken(unknown) == (200, "")
    (message,) = shop.messages("ShippingInbox")
    assert consumer.handler(sqs_event(message["Body"]), None) == KEPT
    number = sold()["tracking_number"]
    early = message["Body"].replace("SBX-later", number)
    assert consumer.handler(sqs_event(early), None) == {"batchItemFailures": []}
    assert tracked(number)["status"] == "delivered"


@pytest.mark.parametrize("status", ["lunch", "pending", "label_created", "cancelled", ""])
def test_a_status_that_is_no_carrier_s_to_say_ends_among_the_dead_letters(shop: Aws, status: str) -> None:
    number = sold()["tracking_number"]
    assert taken(signed({"tracking_number": number, "status": status})) == (200, "")
    (message,) = shop.messages("ShippingInbox")
    assert consumer.handler(sqs_event(message["Body"]), None) == KEPT
    assert tracked(number)["status"] == "label_created"


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"tracking_number": "SBX 1", "status": "delivered"},
        {"tracking_number": "SBX1", "status": 7},
        {"tracking_number": "SBX1", "status": "x" * 41},
        {"tracking_number": "SBX1", "status": "delivered", "occurred_at": "yesterday"},
        {"tracking_number": "SBX1", "status": "delivered", "occurred_at": "2026-11-22T13:00:00"},
    ],
)
def test_what_is_signed_and_no_report_is_refused(shop: Aws, data: Any) -> None:
    assert taken(signed(data)) == (422, "invalid")
    assert shop.messages("ShippingInbox") == []


@pytest.mark.parametrize("occurred_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_at_the_edge_of_the_calendar_does_no_harm(shop: Aws, occurred_at: str) -> None:
    number = sold()["tracking_number"]
    event = signed({"tracking_number": number, "status": "delivered", "occurred_at": occurred_at})
    assert taken(event) == (200, "")
    (message,) = shop.messages("ShippingInbox")
    assert consumer.handler(sqs_event(message["Body"]), None) == {"batchItemFailures": []}
    assert tracked(number)["status"] == "delivered"


@pytest.mark.parametrize("carrier", ["pigeon", "driver"])
def test_a_carrier_that_does_not_exist_or_sends_nothing_is_not_found(shop: Aws, carrier: str) -> None:
    assert taken(webhook("{}", {}, carrier)) == (404, "carrier_not_found")
