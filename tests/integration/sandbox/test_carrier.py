"""The sandbox carrier's door, with a shop that takes or refuses its webhooks."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from minishop.errors import BadRequestError
from minishop.http import Api, Request
from minishop.schemas import AnswerModel
from minishop.secrets import secret_field
from sandbox import api as sandbox_api
from sandbox import wiring
from tests.helpers import answer_of, http_event
from tests.integration.bridge import serve
from tests.integration.conftest import Aws

LABEL = {
    "reference": "shp_1",
    "service": "standard",
    "to": {"country": "DE", "postal_code": "10115"},
    "weight_grams": 800,
}


class Taken(AnswerModel):
    """The shop's answer to a webhook."""

    received: bool = True


class Shop:
    """Takes the carrier's webhooks, or refuses them."""

    def __init__(self) -> None:
        self.api = Api("shop")
        self.refuses = False
        self.ids: list[str] = []
        self.reports: list[dict[str, Any]] = []

        @self.api.post("/v1/webhooks/carriers/sandbox")
        def take(request: Request) -> Taken:
            """Takes a webhook."""
            secret = secret_field(os.environ["CARRIER_SECRET"], "webhook_secret")
            self.reports.append(Webhook(secret).verify(request.raw, dict(request.headers)))
            self.ids.append(request.headers["webhook-id"])
            if self.refuses:
                raise BadRequestError("Not now.")
            return Taken()


@pytest.fixture
def shop(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    aws.use("SandboxApiFunction")
    shop = Shop()
    with serve(shop.api) as (url, _):
        monkeypatch.setenv("PUBLIC_URL", url)
        yield shop


def label(**changes: Any) -> Any:
    return sandbox_api.handler(http_event("POST /carrier/labels", body={**LABEL, **changes}), None)


def advance(number: str, **body: Any) -> Any:
    key = "POST /carrier/parcels/{tracking_number}/advance"
    return sandbox_api.handler(http_event(key, path={"tracking_number": number}, body=body or None), None)


def test_a_reference_gets_one_label(shop: Shop, aws: Aws) -> None:
    first, again, other = label(), label(), label(reference="shp_2")
    assert first["statusCode"] == again["statusCode"] == 201
    assert answer_of(first) == answer_of(again)
    assert answer_of(first)["carrier"] == "sandbox"
    assert answer_of(other)["tracking_number"] != answer_of(first)["tracking_number"]
    assert len(aws.items("SandboxTable")) == 2


def void(reference: str = "shp_1") -> Any:
    return sandbox_api.handler(http_event("DELETE /carrier/labels/{reference}", path={"reference": reference}), None)


def test_a_label_that_is_not_used_is_taken_back_once(shop: Shop) -> None:
    number = answer_of(label())["tracking_number"]
    assert [void()["statusCode"] for _ in range(2)] == [204, 204]
    assert answer_of(advance(number))["status"] == "voided"
    assert answer_of(advance(number, status="in_transit"))["code"] == "step_not_possible"
    assert answer_of(label())["tracking_number"] == number
    assert (void("shp_never")["statusCode"], answer_of(void("shp_never"))["code"]) == (404, "parcel_not_found")
    assert shop.reports == []


def test_a_label_that_is_used_is_not_taken_back(shop: Shop) -> None:
    number = answer_of(label())["tracking_number"]
    advance(number)
    assert (void()["statusCode"], answer_of(void())["code"]) == (409, "parcel_on_its_way")


def test_a_parcel_advances_step_by_step_and_every_step_is_reported_once(shop: Shop) -> None:
    number = answer_of(label())["tracking_number"]
    steps = [answer_of(advance(number))["status"] for _ in range(5)]
    assert steps == ["in_transit", "out_for_delivery", "delivered", "delivered", "delivered"]
    assert [report["type"] for report in shop.reports] == [
        "parcel.in_transit",
        "parcel.out_for_delivery",
        "parcel.delivered",
    ]
    assert {report["data"]["tracking_number"] for report in shop.reports} == {number}
    assert [report["data"]["status"] for report in shop.reports] == steps[:3]
    assert len(set(shop.ids)) == 3


def test_a_parcel_can_be_told_where_to_go(shop: Shop) -> None:
    number = answer_of(label())["tracking_number"]
    assert answer_of(advance(number, status="in_transit"))["status"] == "in_transit"
    assert answer_of(advance(number, status="lost"))["status"] == "lost"
    assert shop.reports[-1]["type"] == "parcel.lost"
    refused = advance(number, status="attempt_failed")
    assert (refused["statusCode"], answer_of(refused)["code"]) == (409, "step_not_possible")
    assert advance(number, status="lunch")["statusCode"] == 422


def test_a_step_that_the_shop_does_not_take_is_not_made_and_comes_again_under_its_id(shop: Shop) -> None:
    number = answer_of(label())["tracking_number"]
    shop.refuses = True
    refused = advance(number)
    assert refused["statusCode"] == 503
    assert answer_of(refused)["code"] == "webhook_not_delivered"
    shop.refuses = False
    assert answer_of(advance(number))["status"] == "in_transit"
    assert shop.ids[0] == shop.ids[1]


def test_a_shop_that_is_down_is_an_error_that_may_be_repeated(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    number = answer_of(label())["tracking_number"]
    up = os.environ["PUBLIC_URL"]
    for url, status in (("http://127.0.0.1:9", 503), (up, 200)):
        monkeypatch.setenv("PUBLIC_URL", url)
        wiring.carrier_ports.cache_clear()
        assert advance(number)["statusCode"] == status


def test_two_at_once_make_one_step(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    number = answer_of(label())["tracking_number"]
    ports = wiring.carrier_ports()
    before = ports.parcels.find(number)
    assert before is not None
    advance(number)
    monkeypatch.setattr(ports.parcels, "find", lambda _: before)  # the other one read it before that
    late = advance(number)
    assert late["statusCode"] == 409
    assert shop.ids[0] == shop.ids[1]


def test_a_number_that_nobody_has_is_not_found(shop: Shop) -> None:
    response = advance("SBX0000000000000000")
    assert response["statusCode"] == 404
    assert answer_of(response)["code"] == "parcel_not_found"


@pytest.mark.parametrize(
    "changes", [{"reference": ""}, {"to": {"country": "de", "postal_code": "1"}}, {"weight_grams": -1}, {"more": 1}]
)
def test_a_wrong_label_request_is_refused(shop: Shop, changes: dict[str, Any]) -> None:
    assert label(**changes)["statusCode"] == 422
    assert json.loads(label(**changes)["body"])["errors"]
