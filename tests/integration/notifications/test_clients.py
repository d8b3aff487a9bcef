"""What notifications asks of its neighbours."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from catalog.internal_schemas import PreviewsAnswer
from minishop.internal import RefusedError, ServiceUnavailableError
from notifications.clients import CatalogClient, CustomersClient, OrdersClient
from notifications.use_cases.ports import Contact, Secret
from orders.internal_schemas import InternalOrderAnswer, OrderLinkRequest
from tests.times import NOON
from tests.unit.notifications.fakes import PREVIEWS, order_document


class StubInternal:
    """The internal API, as far as it is asked."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.calls: list[tuple[str, str, Any]] = []

    def call(self, method: str, path: str, body: Any = None) -> Any:
        self.calls.append((method, path, body))
        answer = self.answers.get(path)
        if isinstance(answer, int):
            raise RefusedError(answer, {})
        return answer


CUSTOMER = {
    "id": "cus_ada",
    "email": "ada@example.test",
    "former_email": None,
    "email_changed_at": None,
    "full_name": "Ada Lovelace",
    "phone": None,
    "locale": "en",
    "email_verified": True,
}


def test_auth_says_how_a_customer_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"/internal/customers/cus_ada": CUSTOMER, "/internal/customers/cus_gone": 404}
    client, internal = CustomersClient(), StubInternal(answers)
    monkeypatch.setattr(client, "_internal", internal)
    assert client.contact("cus_ada") == Contact("Ada Lovelace", "ada@example.test", "", "en")
    assert client.contact("cus_gone") is None
    asked = len(internal.calls)
    assert client.contact("gst_1") is None
    assert len(internal.calls) == asked


def test_auth_says_which_address_was_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {"former_email": "old@example.test", "email_changed_at": "2026-11-22T12:00:00.000Z"}
    client = CustomersClient()
    monkeypatch.setattr(client, "_internal", StubInternal({"/internal/customers/cus_ada": {**CUSTOMER, **changed}}))
    contact = client.contact("cus_ada")
    assert contact is not None
    moments = (NOON - timedelta(days=1), NOON, NOON + timedelta(milliseconds=1))
    assert [contact.email_before(moment) for moment in moments] == ["old@example.test"] * 2 + ["ada@example.test"]


def test_who_has_not_proven_an_address_has_no_name_to_be_greeted_by(monkeypatch: pytest.MonkeyPatch) -> None:
    unproven = {**CUSTOMER, "full_name": "You have won, see evil.example", "email_verified": False}
    client = CustomersClient()
    monkeypatch.setattr(client, "_internal", StubInternal({"/internal/customers/cus_ada": unproven}))
    assert client.contact("cus_ada") == Contact("", "ada@example.test", "", "en")


def test_a_refusal_that_is_not_about_the_customer_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    client = CustomersClient()
    monkeypatch.setattr(client, "_internal", StubInternal({"/internal/customers/cus_ada": 403}))
    with pytest.raises(RefusedError):
        client.contact("cus_ada")


def test_auth_makes_links_and_orders_shows_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    customers, orders = CustomersClient(), OrdersClient()
    minted = {"token": "secret", "email": "new@example.test", "phone": None}
    internal = StubInternal({"/internal/mail-links": minted, "/internal/orders/ord_1": order_document()})
    monkeypatch.setattr(customers, "_internal", internal)
    monkeypatch.setattr(orders, "_internal", internal)
    secret = Secret("secret", email="new@example.test")
    assert customers.secret("evt_1", "cus_ada", "verify_email") == secret
    assert orders.order("ord_1")["number"] == "M-1001"
    body = {"event_id": "evt_1", "customer_id": "cus_ada", "kind": "verify_email"}
    assert internal.calls == [("POST", "/internal/mail-links", body), ("GET", "/internal/orders/ord_1", None)]


def test_where_nothing_is_to_be_proven_any_more_there_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    client = CustomersClient()
    monkeypatch.setattr(client, "_internal", StubInternal({"/internal/mail-links": 404}))
    assert client.secret("evt_1", "cus_ada", "change_email") is None
    monkeypatch.setattr(client, "_internal", StubInternal({"/internal/mail-links": 403}))
    with pytest.raises(RefusedError):
        client.secret("evt_1", "cus_ada", "change_email")


def test_the_order_of_these_tests_is_of_the_shape_that_orders_answers() -> None:
    document = order_document()
    assert InternalOrderAnswer.model_validate(document).model_dump(mode="json") == document


def test_the_catalogue_shows_goods_by_sku(monkeypatch: pytest.MonkeyPatch) -> None:
    client, internal = CatalogClient(), StubInternal({"/internal/previews": {"items": list(PREVIEWS.values())}})
    monkeypatch.setattr(client, "_internal", internal)
    assert client.previews(("MUG-RED", "SOLD-OUT")) == PREVIEWS
    assert internal.calls == [("POST", "/internal/previews", {"skus": ["MUG-RED", "SOLD-OUT"]})]


def test_a_catalogue_that_refuses_is_as_one_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    client = CatalogClient()
    monkeypatch.setattr(client, "_internal", StubInternal({"/internal/previews": 422}))
    with pytest.raises(ServiceUnavailableError):
        client.previews(("MUG-RED",))


def test_the_goods_of_these_tests_are_of_the_shape_that_the_catalogue_answers() -> None:
    items = list(PREVIEWS.values())
    assert PreviewsAnswer.model_validate({"items": items}).model_dump(mode="json")["items"] == items


def test_orders_makes_the_secret_of_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    client, internal = OrdersClient(), StubInternal({"/internal/order-links": {"token": "sealed"}})
    monkeypatch.setattr(client, "_internal", internal)
    assert client.link_token("evt_1", "ord_1") == "sealed"
    ((method, path, body),) = internal.calls
    assert (method, path) == ("POST", "/internal/order-links")
    assert OrderLinkRequest.model_validate(body).order_id == "ord_1"
