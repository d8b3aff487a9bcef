"""Canaries: marked values planted in everything that a purchase takes in, and where each of them may sit."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from scripts.local.aws.clients import clients
from tests.gate.cloud import Cloud
from tests.system.rest import unsettled
from tests.system.shop import ADDRESS, Shopper, eventually

# What is not named here may be nowhere at all; mails and the sandbox (another company's systems) are not searched.
# `event X` are the events of that name on the bus.
MAY_BE_IN: Mapping[str, frozenset[str]] = {
    "e-mail": frozenset({"table Auth", "table Orders"}),
    "user agent": frozenset({"table Auth"}),  # sessions are shown to their owner by it
    "name": frozenset({"table Auth"}),
    "phone": frozenset({"table Auth"}),
    "wanted e-mail": frozenset({"table Auth"}),
    "wanted phone": frozenset({"table Auth"}),
    "e-mail of the order": frozenset({"table Orders"}),
    "address full_name": frozenset({"table Orders"}),
    "address line1": frozenset({"table Orders"}),
    "address line2": frozenset({"table Orders"}),
    "address city": frozenset({"table Orders"}),
    "address region": frozenset({"table Orders"}),
    "address phone": frozenset({"table Orders"}),
    "card token": frozenset({"table Orders", "table Payments", "event PaymentRequested"}),
    "reason to cancel": frozenset({"table Orders"}),
}


class Planter:
    """Goes through a purchase, its mishaps and its refusals; `planted` says what was put in, by what it is."""

    def __init__(self, cloud: Cloud, sku: str) -> None:
        self._cloud = cloud
        self._sku = sku
        self._seed = uuid.uuid4().hex[:8]
        self.planted: dict[str, str] = {}

    def _text(self, name: str) -> str:
        """A marked word for the thing of this name."""
        return self.planted.setdefault(name, f"zq{len(self.planted):02d}{self._seed}")

    def _number(self, name: str) -> str:
        """A marked telephone number."""
        return self.planted.setdefault(name, f"+4915{len(self.planted):02d}{int(self._seed, 16) % 10**8:08d}")

    def plant(self) -> None:
        """Everything."""
        headers = {
            "User-Agent": self._text("user agent"),
            "Referer": f"https://{self._text('referer')}.example/",
            "X-Forwarded-For": self._text("forwarded for"),
            "Cookie": f"session={self._text('cookie')}",
            "X-Anything": self._text("any header"),
        }
        with Shopper(self._cloud) as shopper:
            shopper.http.headers.update(headers)
            self._sign_up(shopper)
            self._buy(shopper)
            self._stumble(shopper)
        self._secrets()
        eventually(lambda: not unsettled(self._cloud), what="a shop at rest")

    def _keep_tokens(self, shopper: Shopper, whose: str) -> None:
        access = str(shopper.http.headers["Authorization"]).removeprefix("Bearer ")
        for part, text in zip(("header", "claims", "signature"), access.split("."), strict=True):
            if part != "header":  # which is the same for all tokens
                self.planted[f"{whose} access token's {part}"] = text
        self.planted[f"{whose} refresh token"] = shopper.refresh_token

    def _sign_up(self, shopper: Shopper) -> None:
        shopper.be_guest()
        guest = shopper.refresh_token
        self._keep_tokens(shopper, "the guest's")
        shopper.put_in_cart(self._sku, 1)
        shopper.email = f"{self._text('e-mail')}@example.com"
        password = f"a pass phrase {self._text('password')}"
        person = {
            "email": shopper.email,
            "password": password,
            "full_name": self._text("name"),
            "phone": self._number("phone"),
        }
        shopper.call("POST", "/v1/auth/register", person, expect=202)
        mail = self._cloud.mail(shopper.email, "Confirm your e-mail address")
        (link,) = re.findall(r"token=([\w.~%-]+)", mail["text"])
        self.planted["the link's token"] = link
        shopper.call("POST", "/v1/auth/verify-email", {"token": link}, expect=204)
        taken = {**person, "password": f"another phrase {self._text('password for a taken address')}"}
        shopper.call("POST", "/v1/auth/register", taken, expect=202)
        wrong = {"email": shopper.email, "password": self._text("wrong password")}
        shopper.call("POST", "/v1/auth/login", wrong, expect=401)
        unknown = {"email": f"{self._text('unknown e-mail')}@example.com", "password": self._text("password of nobody")}
        shopper.call("POST", "/v1/auth/login", unknown, expect=401)
        shopper.log_in(shopper.email, password, guest_refresh_token=guest)
        self._keep_tokens(shopper, "the customer's")
        self._change(shopper, password)
        shopper.call("POST", "/v1/cart/merge")

    def _change(self, shopper: Shopper, password: str) -> None:
        """What belongs to an account: what is wanted, and what is told once."""
        wanted = {"new_email": f"{self._text('wanted e-mail')}@example.com", "password": password}
        shopper.call("POST", "/v1/me/email", wanted, expect=202)
        wrong = {**wanted, "password": self._text("wrong password on one's own account")}
        shopper.call("POST", "/v1/me/email", wrong, expect=403)
        shopper.call("POST", "/v1/me/phone", {"phone": self._number("wanted phone")}, expect=202)
        enrolled = shopper.call("POST", "/v1/me/mfa/totp", expect=201)
        self.planted["authenticator's secret"] = enrolled["secret"]
        self.planted["recovery code"] = enrolled["recovery_codes"][0]

    def _order(self, shopper: Shopper, card: str) -> dict[str, Any]:
        address = {
            **ADDRESS,
            **{field: self._text(f"address {field}") for field in ("full_name", "line1", "line2", "city", "region")},
            "phone": self._number("address phone"),
        }
        quote = shopper.call("POST", "/v1/checkout/quote", {"shipping_address": address})
        body = {
            "shipping_address": address,
            "shipping_method": quote["shipping_methods"][0]["id"],
            "payment_method": {"token": card},
            "expected_total": quote["totals"]["total"],
            "email": f"{self._text('e-mail of the order')}@example.com",
        }
        key = {"Idempotency-Key": f"{self._text('idempotency key')}-{card}"}
        order: dict[str, Any] = shopper.call("POST", "/v1/orders", body, expect=201, headers=key)
        return order

    def _buy(self, shopper: Shopper) -> None:
        order = self._order(shopper, "pm_card_visa")
        shopper.order_once(order["id"], "confirmed")
        eventually(lambda: not shopper.call("GET", "/v1/cart")["items"], what="an empty cart")
        shopper.put_in_cart(self._sku, 1)
        declined = self._order(shopper, f"pm_{self._text('card token')}")
        reason = {"reason": self._text("reason to cancel")}
        key = {"Idempotency-Key": self._text("idempotency key of the cancellation")}
        shopper.call("POST", f"/v1/orders/{declined['id']}/cancel", reason, expect=202, headers=key)
        shopper.order_once(declined["id"], "cancelled")

    def _stumble(self, shopper: Shopper) -> None:
        """Everything that is refused."""
        word = self._text
        shopper.call("GET", f"/v1/products?q={word('search')}")
        shopper.call("GET", f"/v1/products?{word('unknown parameter')}={word('its value')}", expect=422)
        shopper.call("GET", f"/v1/orders?cursor={word('cursor')}", expect=400)
        shopper.call("GET", f"/v1/tracking/NONE?token={word('token in a query')}", expect=404)
        shopper.call("POST", "/v1/auth/verify-email", {"token": word("wrong link")}, expect=422)
        shopper.call("POST", "/v1/auth/refresh", {"refresh_token": word("wrong refresh token")}, expect=401)
        shopper.call("POST", "/v1/auth/logout", {"refresh_token": word("refresh token to end")}, expect=204)
        cart = f"/v1/cart/items/{self._sku}"
        shopper.call("PUT", cart, {"quantity": 1, word("unknown field"): word("value of it")}, expect=422)
        shopper.call("PUT", cart, {"quantity": word("value of the wrong type")}, expect=422)
        shopper.call("POST", "/v1/auth/register", {"email": word("no e-mail"), "password": word("short")}, expect=422)
        raw = [
            ("PUT", cart, f'{{"quantity": "{word("broken JSON")}', {}),
            ("PUT", cart, f'{{"a": 1, "a": "{word("doubled JSON")}"}}', {}),
            ("POST", "/v1/webhooks/payments/stripe", word("provider's body"), {"Stripe-Signature": word("signature")}),
            (
                "POST",
                "/v1/webhooks/carriers/sandbox",
                word("carrier's body"),
                {
                    "webhook-id": word("webhook id"),
                    "webhook-signature": f"v1,{word('webhook signature')}",
                    "webhook-timestamp": "1700000000",
                },
            ),
            ("GET", "/v1/orders", "", {"Authorization": f"Bearer {word('no token')}"}),
            ("GET", "/v1/orders", "", {"Authorization": f"Basic {word('basic credentials')}"}),
            ("GET", "/v1/orders", "", {"X-Request-Id": f"{word('request id that is none')} !"}),
        ]
        for method, path, body, headers in raw:
            response = shopper.http.request(method, path, content=body, headers=headers)
            assert response.status_code in {200, 400, 401, 403, 422}, response.text

    def _secrets(self) -> None:
        """The shop's own, which are in use all the while."""
        stack = self._cloud.stack
        client = clients(stack.endpoint, stack.region)("secretsmanager")
        for listed in client.list_secrets()["SecretList"]:
            text = client.get_secret_value(SecretId=listed["ARN"])["SecretString"]
            name = listed["Name"].rpartition("-")[0] or listed["Name"]
            try:
                values: Mapping[str, str] = json.loads(text)
            except ValueError:
                values = {"": text}
            for field, value in values.items():
                if len(value) > 15:
                    self.planted[f"secret {name} {field}"] = value
        for function in stack.functions.values():
            if "Api" in function.id:
                self.planted[f"secret key of {function.id}"] = function.credentials.secret_key
                self.planted[f"session token of {function.id}"] = function.credentials.session_token


def places(cloud: Cloud) -> Iterator[tuple[str, str]]:
    """(place, text) of everything that stays: logs, events, tables, queues with dead letters, buckets."""
    for line in list(cloud.log):
        yield f"log {line.function or 'of the gateway'}", line.text
    for event in cloud.get("/_local/events")["items"]:
        yield f"event {event['detail-type']}", json.dumps(event, ensure_ascii=False)
    client = clients(cloud.stack.endpoint, cloud.stack.region)
    yield from _in_tables(client("dynamodb"))
    for url in client("sqs").list_queues().get("QueueUrls", []):
        for body in _waiting(client("sqs"), url):
            yield f"queue {url.rpartition('/')[2]}", body
    yield from _in_buckets(client("s3"))


def _in_tables(dynamodb: Any) -> Iterator[tuple[str, str]]:
    for table in dynamodb.list_tables()["TableNames"]:
        name = table.rpartition("-")[2].removesuffix("Table")
        if name != "Sandbox":
            for page in dynamodb.get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    yield f"table {name}", json.dumps(item, ensure_ascii=False, default=str)


def _in_buckets(s3: Any) -> Iterator[tuple[str, str]]:
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for found in page.get("Contents", []):
                raw = s3.get_object(Bucket=bucket["Name"], Key=found["Key"])["Body"].read()
                yield f"bucket {bucket['Name']}", raw.decode("utf-8", "replace")


def _waiting(sqs: Any, url: str) -> list[str]:
    """All messages of a queue, which stay in it: each is held back until all have been seen."""
    seen: dict[str, str] = {}
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=30).get("Messages"):
        for message in messages:
            seen[message["ReceiptHandle"]] = message["Body"]
    for receipt in seen:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
    return list(seen.values())
