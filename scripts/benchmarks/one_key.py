"""One order, asked for a thousand times at once, over HTTP on the whole shop.

    scripts/bench one-key [--url http://127.0.0.1:3000] [--requests 1000] [--provider-key sk_test_minishop]

Once with one Idempotency-Key, once with a key for each request on one and the same cart. All requests are sent before
any is answered; whoever is told 429, or that the same is under way (409), sends the same again, as a client would.
Each case must come to one order and one charge at the provider, the same answer for all who got it, and no 5xx. Orders
are counted in the shop, charges in the sandbox provider's own list.
"""

import argparse
import asyncio
import sys
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from scripts.benchmarks.client import AGAIN, Client
from scripts.benchmarks.figures import note_count
from scripts.benchmarks.flash_sale import NEVER_PAID, admin, put_on_sale, shop_at, wish_in
from scripts.benchmarks.tables import text_table

TIMEOUT_SECONDS = 120.0
PATIENCE_SECONDS = 180.0
HEAD = ("case", "requests", "first 201", "first 409", "429", "5xx", "made", "answers", "orders", "charges", "")
PAID = "captured"


@dataclass
class Seen:
    """What the requests of a case were answered: the first answers, all answers, and the last ones."""

    first: Counter[int] = field(default_factory=Counter)
    every: Counter[int] = field(default_factory=Counter)
    made: int = 0
    bodies: set[bytes] = field(default_factory=set)  # of 201
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def server_errors(self) -> int:
        """Answers of 500 and above."""
        return sum(count for status, count in self.every.items() if status >= 500)


@dataclass(frozen=True)
class Result:
    """A case: what was seen, and what there is now."""

    name: str
    requests: int
    made: int  # how many requests must end with the order
    seen: Seen
    orders: int
    charges: int

    @property
    def holds(self) -> bool:
        """Whether it is one order, charged once, and told to everybody alike."""
        once = (self.orders, self.charges, len(self.seen.bodies)) == (1, 1, 1)
        return once and self.seen.made == self.made and not self.seen.server_errors

    def row(self) -> list[str]:
        """Its line of the table."""
        seen = self.seen
        figures = (self.requests, seen.first[201], seen.first[409], seen.every[429], seen.server_errors, seen.made)
        counts = (*figures, len(seen.bodies), self.orders, self.charges)
        return [self.name, *(f"{count:,}" for count in counts), "ok" if self.holds else "MISSED"]


class Crowd:
    """Sends the same order many times at once."""

    def __init__(self, url: str, token: str, wish: dict[str, Any], *, until_made: bool) -> None:
        """`until_made`: who is told that the same is under way asks again, until the order is there."""
        self._url = f"{url}/v1/orders"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._wish = wish
        self._until_made = until_made
        self._seen = Seen()

    async def send(self, keys: Sequence[str]) -> Seen:
        """What came of a request with each of the keys."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=self._headers) as session:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(*(self._order(session, key) for key in keys))
        return self._seen

    async def _order(self, session: aiohttp.ClientSession, key: str) -> None:
        first = True
        while True:
            async with session.post(self._url, json=self._wish, headers={"Idempotency-Key": key}) as answer:
                body = await answer.read()
                code = "" if answer.status == 201 else (await answer.json(content_type=None)).get("code", "")
                wait = float(answer.headers.get("Retry-After", "0.2"))
            self._seen.every[answer.status] += 1
            self._seen.first[answer.status] += first
            first = False
            if answer.status != 429 and not (self._until_made and code in AGAIN):
                break
            await asyncio.sleep(wait)
        if answer.status == 201:
            self._seen.made += 1
            self._seen.bodies.add(body)
        else:
            self._seen.refused[code or str(answer.status)] += 1


def find_provider(url: str, sku: str) -> str:
    """Where the sandbox provider is: the bank's page, to which a payment sends its shopper, is there."""
    with Client(url) as client:
        client.sign_in("/v1/auth/guest")
        answer = client.send("POST", "/v1/orders", wish_in(client, [sku], NEVER_PAID), key=uuid.uuid4().hex)
        answer.raise_for_status()
        path = f"/v1/payments?order_id={answer.json()['id']}"
        asked = client.until("GET", path, None, lambda found: any(one["next_action"] for one in found["items"]))
    page: str = asked["items"][0]["next_action"]["url"]
    return page.partition("/sandbox/")[0]


def count_charges(provider: str, key: str, orders: set[str]) -> int:
    """How often the provider has charged for these orders."""
    found, after = 0, ""
    with Client(provider) as client:
        client.http.headers["Authorization"] = f"Bearer {key}"
        while True:
            answer = client.send("GET", f"/v1/charges?limit=100{after and f'&starting_after={after}'}")
            answer.raise_for_status()
            page = answer.json()
            found += sum(charge["metadata"].get("order_id") in orders for charge in page["data"])
            if not page["has_more"]:
                return found
            after = page["data"][-1]["id"]


def run_case(url: str, sku: str, provider: tuple[str, str], name: str, keys: Sequence[str], made: int) -> Result:
    """A guest with a cart, and an order of it with each of the keys, all at once."""
    with Client(url) as client:
        client.sign_in("/v1/auth/guest")
        wish = wish_in(client, [sku])
        token = str(client.http.headers["Authorization"]).removeprefix("Bearer ")
        seen = asyncio.run(Crowd(url, token, wish, until_made=made > 1).send(keys))
        listed = client.until("GET", "/v1/orders?limit=100", None, lambda found: found["items"])
        orders = {order["id"] for order in listed["items"]}
        for order_id in orders:
            path = f"/v1/payments?order_id={order_id}"
            client.until("GET", path, None, lambda found: any(one["status"] == PAID for one in found["items"]))
    print(
        f"{name}: all answers {dict(sorted(seen.every.items()))}, refused in the end {dict(seen.refused)}", flush=True
    )
    return Result(name, len(keys), made, seen, len(orders), count_charges(*provider, orders))


def main(arguments: Sequence[str]) -> int:
    """Runs both cases; 1 when one of them does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="of a shop that runs")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--provider-key", default="sk_test_minishop", help="the sandbox provider's API key")
    options = parser.parse_args(arguments)
    with shop_at(options.url) as url:
        with admin(url) as boss:
            sku = put_on_sale(boss, options.requests)
        provider = (find_provider(url, sku), options.provider_key)
        keys = [uuid.uuid4().hex for _ in range(options.requests)]
        results = [
            run_case(url, sku, provider, "one key", keys[:1] * options.requests, options.requests),
            run_case(url, sku, provider, "many keys, one cart", keys, 1),
        ]
    print(text_table(HEAD, [result.row() for result in results]))
    for result in results:
        note_count("one-key", f"orders of {result.requests:,} requests, {result.name}", 1, result.orders)
        note_count("one-key", f"charges for them, {result.name}", 1, result.charges)
        note_count("one-key", f"different answers of 201, {result.name}", 1, len(result.seen.bodies))
    wrong = [result.name for result in results if not result.holds]
    if wrong:
        print(f"scripts/bench: more or less than one order and one charge: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0
