"""What an operation calls and costs: AWS calls, request units, internal HTTP, events, invocations, US dollars.

    scripts/bench calls [--write]

Counted, not timed: the production handlers run in the simulation's shop, and DynamoDB's units follow from the sizes of
the very items, by its published rules. `--write` puts the table into README.md, where a test holds it.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scripts.benchmarks.figures import note_count
from scripts.benchmarks.tables import markdown_table, text_table
from scripts.simulation.client import ADMIN, Client
from scripts.simulation.flows import stock_the_shop
from scripts.simulation.memory.capacity import Units, Use
from scripts.simulation.opening import open_shop
from scripts.simulation.shop import Shop

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- calls: made by scripts/bench calls --write -->", "<!-- /calls -->"
HEAD = ("operation", "AWS calls", "WRU", "RRU", "Redis", "internal HTTP", "provider, carrier", "events", "invocations")
SIZES = (2, 10, 30)  # SKUs of the orders beside that of one
# Requests of DynamoDB that the design states; tests/faults/test_stated_calls.py holds their units, too.
STATED = {
    "add to cart": 1,
    "show the cart": 0,
    "show the cart, Redis empty": 1,
    "show an order": 1,
    "list orders": 1,
}
MANY = tuple(f"S{number:02}" for number in range(max(SIZES)))

# US dollars, list prices of us-east-1 in November 2025, without free tiers. Each from its service's page; those pages
# fill in numbers by script, so the worked examples on them, or the price list behind them, are what can be quoted.
WRITE_UNIT, READ_UNIT = 0.625e-6, 0.125e-6  # on demand: https://aws.amazon.com/dynamodb/pricing/on-demand/
INVOCATION, GB_SECOND = 0.20e-6, 0.0000133334  # arm64, the first tier: https://aws.amazon.com/lambda/pricing/
HTTP_REQUEST = 1.00e-6  # HTTP API, the first 300 million of a month: https://aws.amazon.com/api-gateway/pricing/
EVENT = 1.00e-6  # custom, for each 64 KB begun; delivery in the account is free: https://aws.amazon.com/eventbridge/pricing/
QUEUE_REQUEST = 0.40e-6  # standard queue, for each 64 KB begun: https://aws.amazon.com/sqs/pricing/
MAIL = 0.10e-3  # à la carte: https://aws.amazon.com/ses/pricing/
# Left out: text messages, which cost what a country's carriers take (https://aws.amazon.com/sns/sms-pricing/); what is
# read once by a function and kept, as keys (https://aws.amazon.com/kms/pricing/) and secrets
# (https://aws.amazon.com/secrets-manager/pricing/); logs and metrics, which follow from LogLevel
# (https://aws.amazon.com/cloudwatch/pricing/); snapshots of SnapStart, which is off.
BILLED_SECONDS, MEMORY_GB = 0.025, 0.5  # assumed of a warm invocation
QUEUE_REQUESTS = 3  # of a message: sent, received, deleted


@dataclass(frozen=True)
class Count:
    """What was called."""

    calls: Counter[str] = field(default_factory=Counter)  # by kind
    uses: tuple[Use, ...] = ()  # of DynamoDB, request by request
    events: int = 0
    messages: int = 0
    invocations: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.calls + other.calls,
            self.uses + other.uses,
            self.events + other.events,
            self.messages + other.messages,
            self.invocations + other.invocations,
        )

    @property
    def units(self) -> Units:
        """Of all requests."""
        summed = Units()
        for use in self.uses:
            summed.add(use.units)
        return summed

    def of_table(self, service: str) -> "Count":
        """What of it a service's table has to do."""
        return Count(uses=tuple(use for use in self.uses if use.table.lower().endswith(f"{service}table")))

    @property
    def dollars(self) -> float:
        """At list price."""
        requests = self.calls["public"] + self.calls["InternalApi"]
        return (
            self.units.all_writes * WRITE_UNIT
            + self.units.reads * READ_UNIT
            + self.invocations * (INVOCATION + BILLED_SECONDS * MEMORY_GB * GB_SECOND)
            + requests * HTTP_REQUEST
            + self.events * EVENT
            + self.messages * QUEUE_REQUESTS * QUEUE_REQUEST
            + self.calls["sesv2"] * MAIL
        )

    def row(self, name: str) -> list[str]:
        """As a line of the table."""
        outside = {"InternalApi", "SandboxApi", "PublicApi", "redis", "public"}
        aws = sum(number for kind, number in self.calls.items() if kind not in outside)
        numbers = [
            aws,
            self.units.all_writes,
            self.units.reads,
            self.calls["redis"],
            self.calls["InternalApi"],
            self.calls["SandboxApi"],
            self.events,
            self.invocations,
        ]
        return [name, *(f"{number:g}" for number in numbers)]


def count(shop: Shop, action: Callable[[], object], *, requests: int = 1) -> Count:
    """What an action calls. `requests`: how many of them come from outside."""
    account = shop.account
    shop.network.reset_calls()
    account.dynamodb.uses.clear()
    account.tally.clear()
    shop.invocations.clear()
    action()
    calls = Counter(call.name.split(" ")[0] for call in shop.network.calls)
    calls["public"] = requests + calls["PublicApi"]
    return Count(
        calls,
        tuple(account.dynamodb.uses),
        account.tally["events"],
        account.tally["messages"],
        shop.invocations.total(),
    )


def offer_many(shop: Shop) -> None:
    """One product of as many SKUs as a large order has, fifty of each."""
    shown = {"options": {}, "price": {"amount": 1250, "currency": "EUR"}, "weight_grams": 300}
    texts = {"title": "A set", "slug": "set", "category": "things", "description": "", "images": []}
    body = {**texts, "status": "published", "variants": [{"sku": sku, "title": sku, **shown} for sku in MANY]}
    assert shop.request("POST", "/v1/admin/products", body, principal=ADMIN).status == 201
    for sku in MANY:
        path, adjustment = f"/v1/admin/stock/{sku}/adjustments", {"delta": 50, "reason": "opening stock"}
        given = {"Idempotency-Key": sku}
        assert shop.request("POST", path, adjustment, principal=ADMIN, headers=given).status == 201
    shop.drain()


def operations(shop: Shop, client: Client) -> Iterator[tuple[str, Count]]:
    """An order of one SKU from the cart to the door, each of its steps on its own."""

    def put() -> None:
        assert client.put_in_cart("MUG", 1).status == 200

    def show(path: str) -> Callable[[], object]:
        return lambda: client.send("GET", path)

    yield "list products", count(shop, show("/v1/products"))
    yield "show a product", count(shop, show("/v1/products/mug"))
    yield "begin a cart", count(shop, put)
    yield "add to cart", count(shop, put)
    yield "show the cart", count(shop, show("/v1/cart"))
    shop.network.cache.clear()
    yield "show the cart, Redis empty", count(shop, show("/v1/cart"))
    yield from checkout(shop, client, "1 SKU")
    yield "… what follows: charged, confirmed, a parcel made", count(shop, shop.drain, requests=0)
    yield "show an order", count(shop, client.order)
    yield "list orders", count(shop, show("/v1/orders"))
    (shipment,) = client.order()["shipments"]
    client.memory["tracking"] = shipment["tracking_number"]
    yield "dispatch", count(shop, lambda: client.hand_over(shipment["id"]))
    yield "… what follows", count(shop, shop.drain, requests=0)
    for step in ("in transit", "out for delivery", "delivered"):
        yield f"the carrier says {step}, and what follows", count(shop, lambda: _advance(shop, client), requests=0)
    assert client.order()["status"] == "delivered"


def checkout(shop: Shop, client: Client, size: str) -> Iterator[tuple[str, Count]]:
    """What is in the cart is quoted and ordered; `size` says how much that is."""
    total = client.quote().body["totals"]["total"]
    yield f"quote, {size}", count(shop, client.quote)
    yield f"place an order, {size}", count(shop, lambda: client.place_for(total))
    assert "order" in client.memory


def _advance(shop: Shop, client: Client) -> None:
    assert client.advance().status == 200
    shop.drain()


def measure(shop: Shop) -> dict[str, Count]:
    """Every operation's count in a stocked shop, with functions that are warm."""
    list(operations(shop, Client(shop, name="warm-up")))
    shop.account.dynamodb.metered = True
    found = dict(operations(shop, Client(shop, name="one")))
    offer_many(shop)
    for number in SIZES:
        client = Client(shop, name=f"large-{number}")
        for sku in MANY[:number]:
            client.put_in_cart(sku, 1)
        found |= dict(checkout(shop, client, f"{number} SKUs"))
    return found


def whole_order(counts: dict[str, Count]) -> Count:
    """An order of one SKU from the cart to the door, with ten looks around."""
    looks = ("list products", "show a product")
    left_out = {*looks, "add to cart", "show the cart, Redis empty", "list orders"}
    steps = [one for name, one in counts.items() if name not in left_out and not name.endswith("SKUs")]
    return sum([*(counts[name] for name in looks * 5), *steps], Count())


def render(counts: dict[str, Count], table: Callable[..., str]) -> str:
    """The table, and what an order comes to."""
    whole = whole_order(counts)
    name = "**an order from the cart to the door, ten looks around before it**"
    lines = [*(one.row(name) for name, one in counts.items()), whole.row(name)]
    return f"{table(HEAD, lines)}\n\n1,000 such orders cost {1000 * whole.dollars:.2f} US dollars."


def replaced(text: str, made: str) -> str:
    """The README with the table between its markers. Raises ValueError when they are not there."""
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    return f"{text[:begin]}\n\n{made}\n\n{text[end:]}"


def main(arguments: list[str]) -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench calls", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args(arguments)
    with open_shop() as shop:
        stock_the_shop(shop)
        counts = measure(shop)
    print(render(counts, text_table))
    readme = README.read_text("utf-8")
    if options.write:
        readme = replaced(readme, render(counts, markdown_table))
        README.write_text(readme, "utf-8")
    for name, stated in STATED.items():
        note_count("calls", f"requests of DynamoDB: {name}", stated, len(counts[name].uses))
    drifted = readme != replaced(readme, render(counts, markdown_table))
    note_count("calls", "tables of the README that are out of date", 0, drifted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
