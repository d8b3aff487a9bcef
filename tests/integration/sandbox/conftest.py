"""The sandbox provider at its address, a shop that takes its webhooks, and Stripe's own library in between."""

import http.client
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from minishop.http import Api, Request
from minishop.schemas import AnswerModel
from minishop.secrets import secret_field
from sandbox import api as sandbox_api
from tests.integration.bridge import Bridge, serve
from tests.integration.conftest import Aws


class Taken(AnswerModel):
    """The shop's answer to a webhook."""

    received: bool = True


class Shop:
    """Takes the provider's webhooks."""

    def __init__(self) -> None:
        self.api = Api("shop")
        self.received: list[dict[str, Any]] = []
        self.signatures: list[tuple[bytes, str]] = []

        @self.api.post("/v1/webhooks/payments/stripe")
        def take(request: Request) -> Taken:
            """Takes a webhook."""
            self.signatures.append((request.raw, request.headers["stripe-signature"]))
            self.received.append(json.loads(request.raw))
            return Taken()

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.received]


class Provider:
    """The provider at its address, and its customers' library."""

    def __init__(self, url: str, bridge: Bridge, shop: Shop) -> None:
        self.url, self.bridge, self.shop = url, bridge, shop
        self.stripe = self.client(secret_field(os.environ["PROVIDER_SECRET"], "api_key"))

    def client(self, key: str) -> stripe.StripeClient:
        return stripe.StripeClient(
            key, base_addresses={"api": self.url}, http_client=stripe.RequestsClient(timeout=60), max_network_retries=0
        )

    def create(self, method: str = "pm_card_visa", *, key: str | None = None, **more: Any) -> stripe.PaymentIntent:
        params: Any = {"amount": 1999, "currency": "eur", "payment_method": method, "confirm": True, **more}
        return self.stripe.v1.payment_intents.create(params, {"idempotency_key": key} if key else None)

    def raw(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body.encode(), sent)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()


@pytest.fixture
def provider(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    aws.use("SandboxApiFunction")
    shop = Shop()
    with serve(sandbox_api.api, shop.api) as (url, bridge):
        monkeypatch.setenv("PUBLIC_URL", url)
        yield Provider(url, bridge, shop)
