"""Links to orders, addresses of the address book and erasure, at orders' doors."""

import base64
from typing import Any

from minishop.contracts.auth import UserErased
from orders import internal
from orders.links import SealedLinks
from tests.helpers import answer_of, customer, http_event
from tests.integration.orders.samples import BODY
from tests.integration.orders.shop import ALL_FINE, Shop, captured
from tests.times import NOON

ROUTE = "GET /v1/orders/by-link"


def mint(order_id: str, caller: str = "notifications-consumer") -> dict[str, Any]:
    body = {"event_id": "evt_1", "order_id": order_id}
    return internal.handler(http_event("POST /internal/order-links", body=body, caller=caller), None)


def test_whoever_has_the_link_sees_the_order_without_its_address(shop: Shop) -> None:
    order_id = answer_of(shop.place(email="ada@example.com"))["id"]
    minted = mint(order_id)
    assert minted["statusCode"] == 200
    response = shop.call(ROUTE, query={"token": answer_of(minted)["token"]})
    assert response["statusCode"] == 200
    assert answer_of(response)["id"] == order_id
    for word in ("Ada", "Analytical", "10115", "ada@example.com", "cus_"):
        assert word not in response["body"]


def test_whoever_has_the_link_gets_the_invoice_once_there_is_one(shop: Shop) -> None:
    order_id = answer_of(shop.place())["id"]
    query = {"token": answer_of(mint(order_id))["token"]}
    early = shop.call(f"{ROUTE}/invoice", query=query)
    assert (early["statusCode"], answer_of(early)["code"]) == (409, "not_invoiced")
    shop.tell(captured(order_id))
    drawn = shop.call(f"{ROUTE}/invoice", query=query)
    assert (drawn["statusCode"], drawn["headers"]["Cache-Control"]) == (200, "no-store")
    own = shop.call("GET /v1/orders/{id}/invoice", path={"id": order_id})
    assert (drawn["headers"]["Content-Type"], drawn["body"]) == ("application/pdf", own["body"])
    token, other = query["token"], "x" if query["token"][-1] != "x" else "y"  # it ends in the time that it ends at
    forged = shop.call(f"{ROUTE}/invoice", query={"token": token[:-1] + other})
    assert (forged["statusCode"], answer_of(forged)["code"]) == (404, "order_not_found")


def test_links_are_made_for_mails_alone(shop: Shop) -> None:
    order_id = answer_of(shop.place())["id"]
    assert mint(order_id, "shipping-consumer")["statusCode"] == 403
    assert mint("ord_never")["statusCode"] == 404


def test_no_altered_token_leads_anywhere(shop: Shop) -> None:
    order_id = answer_of(shop.place())["id"]
    token = answer_of(mint(order_id))["token"]
    links = SealedLinks()
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    flipped = [
        bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(raw))
        for bit in range(len(raw) * 8)
    ]
    altered = [base64.urlsafe_b64encode(other).decode().rstrip("=") for other in flipped]
    altered += [token[:end] for end in range(len(token))] + [token + "=", token + "A", f" {token}", "\ud800"]
    assert [text for text in altered if links.read(text, NOON) is not None] == []
    assert links.read(token, NOON) == order_id
    assert shop.call(ROUTE, query={"token": altered[0]})["statusCode"] == 404


def test_an_erased_customer_s_order_says_nothing_about_them(shop: Shop) -> None:
    order_id = answer_of(shop.place(email="ada@example.com"))["id"]
    shop.tell(captured(order_id))
    assert shop.tell(UserErased(customer_id="cus_ada"), UserErased(customer_id="cus_ada")) == ALL_FINE
    assert shop.order(order_id)["shipping_address"]["full_name"] == "Ada Lovelace"
    route, headers = "POST /v1/orders/{id}/cancel", {"Idempotency-Key": "c"}
    cancelled = shop.place(customer("cus_else"), key="key-2")
    path = {"id": answer_of(cancelled)["id"]}
    shop.call(route, customer("cus_else"), path=path, headers=headers, body={"reason": "I am Ada Lovelace"})
    shop.tell(UserErased(customer_id="cus_else"))
    (item,) = [item for item in shop.aws.items("OrdersTable") if item.get("owner", {}).get("S") == "cus_else"]
    assert "Ada" not in str(item)
    assert "Analytical" not in str(item)


def test_an_address_of_the_address_book_takes_the_place_of_an_address(shop: Shop) -> None:
    body: dict[str, Any] = {key: value for key, value in BODY.items() if key != "shipping_address"}
    headers = {"Idempotency-Key": "k"}
    shop.place()
    shop.carts.claims.clear()
    placed = shop.call("POST /v1/orders", body=body | {"address_id": "adr_home"}, headers=headers)
    assert placed["statusCode"] == 201
    assert answer_of(placed)["shipping_address"]["full_name"] == "Ada Lovelace"
    for wrong in (body, BODY | {"address_id": "adr_home"}, body | {"address_id": "adr_never"}):
        refused = shop.call("POST /v1/orders", body=wrong, headers={"Idempotency-Key": "l"})
        assert refused["statusCode"] == 422, wrong
