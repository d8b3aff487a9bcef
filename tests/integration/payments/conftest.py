"""Payments on its table and queue, with the sandbox provider at the other end of the wire."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from minishop.contracts.orders import OrderCancelled, PaymentRequested
from minishop.money import Money
from payments import api, consumer, schedule, webhooks, wiring
from payments.domain.moves import payment_id
from sandbox import api as sandbox_api
from tests.helpers import answer_of, bus_message, customer, http_event, sqs_event
from tests.integration.bridge import Bridge, serve
from tests.integration.conftest import Aws
from tests.times import NOON, FixedClock

ORDER = "ord_1"
PAYMENT = payment_id(ORDER)
FEE = 91
TAKEN = {"provider_balance": 4380 - FEE, "provider_fees": FEE, "customer_payments": -4380}
GIVEN_BACK = {**TAKEN, "provider_balance": -FEE, "customer_refunds": 4380}


def requested(method: str, *, attempt: int = 1, order_id: str = ORDER, owner: str = "cus_ada") -> str:
    event = PaymentRequested(
        order_id=order_id,
        owner=owner,
        attempt=attempt,
        amount=Money(4380, "EUR"),
        payment_method=method,
        expires_at=NOON + timedelta(minutes=15),
    )
    return bus_message(event)


CANCELLED = bus_message(
    OrderCancelled(order_id=ORDER, number="M-1", owner="cus_ada", reason="customer", was_confirmed=False, lines=())
)


@dataclass
class Shop:
    """Payments, and the provider at the other end of the wire."""

    aws: Aws
    bridge: Bridge
    clock: FixedClock
    reports: int = 0

    def take(self, *bodies: str) -> int:
        """Gives messages to the consumer; how many it could not handle."""
        return len(consumer.handler(sqs_event(*bodies), None)["batchItemFailures"])

    def take_inbox(self) -> None:
        """Gives what waits in the inbox to the consumer, once, and minds no failure."""
        self.take(*(str(message["Body"]) for message in self.aws.messages("PaymentsInbox")))

    def work_off_inbox(self) -> list[str]:
        """Gives what waits in the inbox to the consumer, once; the names of the messages."""
        bodies = [str(message["Body"]) for message in self.aws.messages("PaymentsInbox")]
        assert self.take(*bodies) == 0
        return [json.loads(body)["detail"]["data"]["kind"] for body in bodies]

    def report(self, *, taken: int = 1, **about: Any) -> None:
        """Gives the consumer a webhook that the provider did not send, at its `taken`-th delivery."""
        self.reports += 1
        thing = {"id": "pi_1", "metadata": {"payment_id": PAYMENT}, "currency": "eur", "amount_received": 4380, **about}
        body = {"id": f"evt_{self.reports}", "type": "payment_intent.succeeded", "data": {"object": thing}}
        report = webhooks.read_report("stripe", json.dumps(body).encode())
        assert report is not None
        event = sqs_event(bus_message(report))
        event["Records"][0]["attributes"] = {"ApproximateReceiveCount": str(taken)}
        assert consumer.handler(event, None) == {"batchItemFailures": []}

    def reconcile(self, *, minutes: int = 6) -> dict[str, int]:
        self.clock.pass_time(minutes=minutes)
        return schedule.handler({"task": "reconcile_unknown"}, None)

    def payment(self) -> dict[str, Any]:
        event = http_event("GET /v1/payments", principal=customer(), query={"order_id": ORDER})
        (payment,) = answer_of(api.handler(event, None))["items"]
        found: dict[str, Any] = payment
        return found

    def postings(self) -> dict[str, int]:
        """The sum of each account that is not zero; the sum of all is."""
        accounts: dict[str, int] = {}
        for item in self.aws.items("PaymentsTable"):
            for entry in item.get("entries", {}).get("L", []):
                amount = int(entry["M"]["amount"]["M"]["amount"]["N"])
                name = entry["M"]["account"]["S"]
                accounts[name] = accounts.get(name, 0) + amount
        assert sum(accounts.values()) == 0
        return {name: amount for name, amount in accounts.items() if amount}

    def charged(self) -> int:
        """What the provider's own books say that it owes the shop."""
        items = [item["intent"]["M"] for item in self.aws.items("SandboxTable") if "intent" in item]
        received = sum(int(item["received"]["N"]) for item in items)
        refunds = [refund["M"] for item in items for refund in item["refunds"]["L"]]
        given = [refund for refund in refunds if refund["status"]["S"] != "failed"]
        return received - sum(int(refund["amount"]["N"]) for refund in given)


@pytest.fixture
def shop(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    for function in (
        "SandboxApiFunction",
        "PaymentsApiFunction",
        "PaymentsScheduleFunction",
        "PaymentsConsumerFunction",
    ):
        aws.use(function)
    clock = FixedClock(wiring.ports().clock.now())
    with serve(sandbox_api.api, api.api) as (url, bridge):
        monkeypatch.setenv("PROVIDER_URL", url)
        monkeypatch.setenv("PUBLIC_URL", url)
        real = wiring.ports()
        ports = replace(real, clock=clock)
        for module in (api, consumer, schedule):
            monkeypatch.setattr(module, "ports", lambda: ports)
        yield Shop(aws, bridge, clock)
