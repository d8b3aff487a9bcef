"""The mixed shop on the local cloud: 70 % browse, 15 % cart, 8 % checkout, the rest tracking and account.

    scripts/bench load [--actions 600] [--seconds 60] [--at-once 4] [--seed 7]

Starts a shop of its own with the demo products, and ends at whichever bound comes first. Prints what each kind of
request took and which share of the CPU was moto's, and at the end every rule of the domain must hold.
"""

import argparse
import itertools
import random
import statistics
import sys
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from httpx import HTTPStatusError, Response

from scripts.benchmarks.client import AGAIN, Client, code_of
from scripts.benchmarks.figures import note_count
from scripts.benchmarks.flash_sale import ADDRESS, PAID
from scripts.benchmarks.running import running_shop
from scripts.benchmarks.tables import text_table

MIX = {"browse": 70, "cart": 15, "checkout": 8, "tracking": 4, "account": 3}
CUSTOMER = {"email": "ada@minishop.test", "password": "minishop-demo-pass"}


class Load:
    """What is under way: so many actions until a deadline, and what each request took."""

    def __init__(self, actions: int, seconds: float) -> None:
        self.actions = actions
        self.begun = 0
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.throttled = 0
        self.refused: Counter[str] = Counter()  # orders, by what the answer of 409 says
        self.failed: Counter[str] = Counter()  # answers of 500 and above, by request
        self._deadline = time.monotonic() + seconds
        self._lock = threading.Lock()

    def has_time(self) -> bool:
        """Whether the deadline is still to come."""
        return time.monotonic() < self._deadline

    def next(self) -> bool:
        """Whether there is another action to begin; tells how far it is."""
        with self._lock:
            if self.begun >= self.actions or not self.has_time():
                return False
            self.begun += 1
            if sys.stderr.isatty():
                print(f"\r\x1b[K{self.begun} of {self.actions}", end="", file=sys.stderr, flush=True)
            return True

    def note(self, kind: str, seconds: float, throttled: int) -> None:
        """A request was answered."""
        with self._lock:
            self.seconds[kind].append(seconds)
            self.throttled += throttled

    def note_failure(self, request: str) -> None:
        """A request was answered 500 or above."""
        with self._lock:
            self.failed[request] += 1

    def note_refusal(self, code: str) -> None:
        """An order was answered 409."""
        with self._lock:
            self.refused[code] += 1


class Visitor:
    """A guest with a cart, who now and then buys."""

    def __init__(self, load: Load, url: str, customer: str, seed: int, guest: Client | None = None) -> None:
        self._load = load
        self._random = random.Random(seed)  # noqa: S311  what is done, not a secret
        self._guest, self._customer = guest or Client(url), Client(url)
        self._customer.http.headers["Authorization"] = customer
        self._guest.sign_in("/v1/auth/guest")
        products = self._guest.send("GET", "/v1/products?in_stock=true&limit=100").json()["items"]
        self._slugs = [product["slug"] for product in products]
        self._skus = [one["sku"] for product in products for one in product["variants"] if one["available"] >= 10]
        self._orders: list[str] = []

    def run(self, kinds: Sequence[str] = tuple(MIX)) -> None:
        """Acts until there is nothing left to do. Raises httpx.HTTPStatusError for an answer of 400 to 499."""
        while self._load.next():
            (kind,) = self._random.choices(kinds, [MIX[kind] for kind in kinds])
            try:
                getattr(self, f"_{kind}")()
            except HTTPStatusError as error:
                if error.response.status_code < 500:
                    raise
                request = error.request
                self._load.note_failure(f"{request.method} {request.url.raw_path.decode()}: {error.response.text}")

    def _ask(self, kind: str, method: str, path: str, body: Any = None, client: Client | None = None) -> Any:
        answer = self._send(client or self._guest, kind, method, path, body)
        answer.raise_for_status()
        return answer.json()

    def _send(self, client: Client, kind: str, method: str, path: str, body: Any, key: str | None = None) -> Response:
        client.statuses.clear()
        began = time.monotonic()
        answer = client.send(method, path, body, key)
        self._load.note(kind, time.monotonic() - began, client.statuses.count(429))
        return answer

    def _browse(self) -> None:
        slug = self._random.choice(self._slugs)
        paths = ("/v1/products", f"/v1/products?q={slug.partition('-')[0]}", f"/v1/products/{slug}", "/v1/categories")
        self._ask("browse", "GET", self._random.choice(paths))

    def _cart(self) -> None:
        if self._random.random() < 0.5:
            self._ask("show the cart", "GET", "/v1/cart")
        else:
            self._ask("add to cart", "PUT", f"/v1/cart/items/{self._random.choice(self._skus)}", {"quantity": 1})

    def _checkout(self) -> None:
        self._ask("add to cart", "PUT", f"/v1/cart/items/{self._random.choice(self._skus)}", {"quantity": 1})
        quote = self._ask("quote", "POST", "/v1/checkout/quote", {"shipping_address": ADDRESS})
        wish = {
            "shipping_address": ADDRESS,
            "shipping_method": quote["shipping_methods"][0]["id"],
            "payment_method": {"token": PAID},
            "expected_total": quote["totals"]["total"],
            "email": "grace@example.com",
        }
        key = uuid.UUID(int=self._random.getrandbits(128)).hex
        for attempt in itertools.count():
            answer = self._send(self._guest, "place an order", "POST", "/v1/orders", wish, key)
            if answer.status_code != 409:
                answer.raise_for_status()
                self._orders.append(answer.json()["id"])
                return
            self._load.note_refusal(code_of(answer))
            if code_of(answer) not in AGAIN or not self._load.has_time():
                return
            self._guest.pause(attempt, answer)

    def _tracking(self) -> None:
        path = f"/v1/orders/{self._random.choice(self._orders)}" if self._orders else "/v1/orders"
        self._ask("tracking", "GET", path)

    def _account(self) -> None:
        path = self._random.choice(("/v1/me", "/v1/me/addresses", "/v1/me/notifications"))
        self._ask("account", "GET", path, client=self._customer)


def rows(seconds: dict[str, list[float]], elapsed: float) -> Iterator[list[str]]:
    """Of each kind: requests, requests a second, median, 95th and 99th percentile in milliseconds."""
    for kind, times in sorted(seconds.items()):
        cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
        yield [kind, f"{len(times)}", f"{len(times) / elapsed:.1f}", *(f"{1000 * cuts[n]:.0f}" for n in (49, 94, 98))]


def main(arguments: Sequence[str]) -> int:
    """Prints the table; 1 when an answer was 500 or above.

    Raises AssertionError when a rule of the domain does not hold in the end.
    """
    parser = argparse.ArgumentParser(prog="scripts/bench load", description=__doc__)
    parser.add_argument("--actions", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=60.0, help="at most 240: the customer's token lasts no longer")
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    print("starting a shop …", file=sys.stderr, flush=True)
    with running_shop() as shop:
        with Client(shop.url) as customer:
            customer.sign_in("/v1/auth/login", CUSTOMER)
            token = customer.http.headers["Authorization"]
        load = Load(options.actions, min(options.seconds, 240.0))
        moto, altogether = shop.cpu()
        began = time.monotonic()
        with ThreadPoolExecutor(options.at_once) as pool:
            visitors = [Visitor(load, shop.url, token, options.seed + number) for number in range(options.at_once)]
            for job in [pool.submit(visitor.run) for visitor in visitors]:
                job.result()
        elapsed = time.monotonic() - began
        shop.check_world()
        moto_after, after = shop.cpu()
        complaints = shop.complaints() if load.failed else []
    together = {"all": [seconds for kind in load.seconds.values() for seconds in kind]}
    everything = [*rows(load.seconds, elapsed), *rows(together, elapsed)]
    taken = after - altogether
    print("\n" + text_table(["kind", "requests", "a second", "p50 ms", "p95 ms", "p99 ms"], everything))
    print(f"{load.throttled} answers of 429, each asked again; what follows each order is in the CPU:")
    print(f"{taken:.1f} s in all processes, of which {(moto_after - moto) / taken:.0%} moto")
    print(f"orders refused with 409: {dict(load.refused)}")
    print("at rest, and every rule of the domain holds")
    note_count("load", "answers of 500 and above", 0, load.failed.total())
    if load.failed:
        print("\n".join([f"answers of 500 and above: {dict(load.failed)}", "the shop's log:", *complaints]))
    return int(bool(load.failed))
