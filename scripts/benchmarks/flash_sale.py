"""A flash sale on the whole shop, over HTTP: many buyers want the few units that there are.

    scripts/bench flash-sale [--url http://127.0.0.1:3000] [--units 100] [--buyers 2000] [--at-once 200]
                             [--rounds 3] [--buckets 1]

Each buyer is a guest with a cart of their own, who asks for one unit and pays. In every round exactly as many orders
stand as there were units, everybody else is told that there is not enough, and nobody sees a 5xx. In a last round,
buyers take all units and never pay: once their holds have run out, all are there again, and are sold. Without `--url`
two shops of its own are started, one after the other: one as it is delivered, and for the last round one in which a
hold lasts a minute. Once each is at rest, every rule of the domain is held against its tables.
"""

import argparse
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from scripts.benchmarks.client import AGAIN, Client, code_of
from scripts.benchmarks.figures import note_count
from scripts.benchmarks.running import running_shop

ADDRESS = {
    "full_name": "Grace Hopper",
    "line1": "1 Compiler Way",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
    "phone": "+4930123456",
}
SHORT_HOLDS = ("HoldSeconds=60", "PaymentRetrySeconds=30")
PAID, NEVER_PAID = "pm_card_visa", "pm_card_authenticationRequired"


@dataclass
class Outcome:
    """What the buyers of a sale saw: statuses of all answers, and what came of each buyer."""

    statuses: Counter[int] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    orders: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # of each POST /v1/orders
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, end: str, statuses: Sequence[int], seconds: Sequence[float], order: str | None = None) -> None:
        """What one buyer saw."""
        with self._lock:
            self.ends[end] += 1
            self.statuses.update(statuses)
            self.seconds += seconds
            self.orders += [order] if order else []

    @property
    def server_errors(self) -> int:
        """Answers of 500 and above."""
        return sum(count for status, count in self.statuses.items() if status >= 500)


def admin(url: str) -> Client:
    """The demo shop's."""
    client = Client(url)
    try:
        client.sign_in("/v1/auth/login", {"email": "admin@minishop.test", "password": "minishop-demo-pass"})
    except BaseException:
        client.http.close()
        raise
    return client


def put_on_sale(boss: Client, units: int, buckets: int = 1) -> str:
    """A new SKU, with so many units, that carts know."""
    sku = f"FLASH-{uuid.uuid4().hex[:8]}"
    price = {"amount": 1999, "currency": "EUR"}
    variant = {"sku": sku, "title": "One", "price": price, "weight_grams": 300}
    product = {"slug": sku.lower(), "title": "Flash", "category": "sale", "status": "published", "variants": [variant]}
    boss.send("POST", "/v1/admin/products", product).raise_for_status()
    stock = f"/v1/admin/stock/{sku}"
    boss.send("POST", f"{stock}/adjustments", {"delta": units, "reason": "sale"}, key=sku).raise_for_status()
    boss.send("PUT", f"{stock}/buckets", {"count": buckets}).raise_for_status()
    with Client(str(boss.http.base_url)) as guest:
        guest.sign_in("/v1/auth/guest")
        known = guest.until("PUT", f"/v1/cart/items/{sku}", {"quantity": 1}, lambda cart: cart["items"][0]["available"])
    assert known["total"] == price
    return sku


def _wish(client: Client, token: str) -> dict[str, Any]:
    quote = client.send("POST", "/v1/checkout/quote", {"shipping_address": ADDRESS})
    quote.raise_for_status()
    return {
        "shipping_address": ADDRESS,
        "shipping_method": quote.json()["shipping_methods"][0]["id"],
        "payment_method": {"token": token},
        "expected_total": quote.json()["totals"]["total"],
        "email": "grace@example.com",
    }


def wish_of(url: str, skus: Sequence[str], token: str = PAID) -> dict[str, Any]:
    """The body of an order of one of each, with what it costs: the same for every buyer."""
    with Client(url) as client:
        client.sign_in("/v1/auth/guest")
        return wish_in(client, skus, token)


def wish_in(client: Client, skus: Sequence[str], token: str = PAID) -> dict[str, Any]:
    """Puts one of each into the client's cart; the body of their order."""
    for sku in skus:
        client.send("PUT", f"/v1/cart/items/{sku}", {"quantity": 1}).raise_for_status()
    return _wish(client, token)


def buy(url: str, skus: Sequence[str], wish: dict[str, Any], outcome: Outcome) -> None:
    """One buyer: a guest, a cart, an order."""
    seconds = []
    with Client(url) as client:
        client.sign_in("/v1/auth/guest")
        for sku in skus:
            client.send("PUT", f"/v1/cart/items/{sku}", {"quantity": 1}).raise_for_status()
        key = uuid.uuid4().hex
        while True:
            began = time.monotonic()
            answer = client.send("POST", "/v1/orders", wish, key=key)
            seconds.append(time.monotonic() - began)
            code = code_of(answer)
            if code not in AGAIN:
                break
            client.pause(len(seconds) - 1, answer)
        outcome.note(code or "bought", client.statuses, seconds, None if code else answer.json()["id"])


def sell(url: str, skus: Sequence[Sequence[str]], *, buyers: int, at_once: int, token: str = PAID) -> Outcome:
    """A sale: the n-th buyer wants one of each of `skus[n % len(skus)]`, so many buyers at a time."""
    outcome = Outcome()
    wishes = [wish_of(url, wanted, token) for wanted in skus]
    with ThreadPoolExecutor(at_once) as pool:
        jobs = [
            pool.submit(buy, url, skus[number % len(skus)], wishes[number % len(skus)], outcome)
            for number in range(buyers)
        ]
        for job in jobs:
            job.result()
    return outcome


def level(boss: Client, sku: str) -> tuple[int, int]:
    """What is available and what is allocated."""
    answer = boss.send("GET", f"/v1/admin/stock/{sku}?limit=1").json()
    return answer["available"], answer["allocated"]


def check(outcome: Outcome, boss: Client, sku: str, units: int, buyers: int) -> None:
    """Raises AssertionError unless exactly what there was is sold."""
    held = level(boss, sku)[1]
    note_count("flash-sale", f"units sold to {buyers:,} buyers", units, outcome.ends["bought"])
    note_count("flash-sale", "answers of 500 and above", 0, outcome.server_errors)
    note_count("flash-sale", "units that are held for no order", 0, held - outcome.ends["bought"])
    assert outcome.server_errors == 0, outcome.statuses
    assert outcome.ends == Counter(bought=units, insufficient_stock=buyers - units), outcome.ends
    assert len(set(outcome.orders)) == units
    assert level(boss, sku) == (0, units), level(boss, sku)


@contextmanager
def shop_at(url: str | None, *parameters: str) -> Iterator[str]:
    """The URL of a shop: of the one that is named, or of one of its own, in which every rule must hold at the end."""
    if url is not None:
        yield url
        return
    overrides = ("--parameter-overrides", *parameters) if parameters else ()
    with running_shop("--no-seed", *overrides) as own:
        yield own.url
        own.check_world()


def _round(url: str, options: argparse.Namespace, number: int) -> None:
    with admin(url) as boss:
        sku = put_on_sale(boss, options.units, options.buckets)
        began = time.monotonic()
        outcome = sell(url, [[sku]], buyers=options.buyers, at_once=options.at_once)
        check(outcome, boss, sku, options.units, options.buyers)
    seconds = sorted(outcome.seconds)
    print(
        f"round {number}: {outcome.ends['bought']} of {options.units} sold to {options.buyers} buyers, "
        f"{options.at_once} at a time, in {time.monotonic() - began:.0f} s; "
        f"POST /v1/orders {len(seconds)} times, median {seconds[len(seconds) // 2]:.2f} s; "
        f"statuses {dict(sorted(outcome.statuses.items()))}",
        flush=True,
    )


def _stranded(url: str, options: argparse.Namespace) -> None:
    """Everything is held by orders that are never paid, comes back, and is sold."""
    with admin(url) as boss:
        sku = put_on_sale(boss, options.units, options.buckets)
        outcome = sell(url, [[sku]], buyers=options.units, at_once=options.at_once, token=NEVER_PAID)
        check(outcome, boss, sku, options.units, options.units)
        stock = f"/v1/admin/stock/{sku}?limit=1"
        boss.until("GET", stock, None, lambda found: (found["available"], found["allocated"]) == (options.units, 0))
        again = sell(url, [[sku]], buyers=2 * options.units, at_once=options.at_once)
        check(again, boss, sku, options.units, 2 * options.units)
    print(f"all {options.units} held and never paid for came back, and were sold", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Runs the rounds; prints what happened. Raises AssertionError when a unit is lost or sold twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="of a shop that runs; its holds must run out within three minutes")
    parser.add_argument("--units", type=int, default=100)
    parser.add_argument("--buyers", type=int, default=2000)
    parser.add_argument("--at-once", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--buckets", type=int, default=1)
    options = parser.parse_args(arguments)
    with shop_at(options.url) as url:
        for number in range(1, options.rounds + 1):
            _round(url, options, number)
    with shop_at(options.url, *SHORT_HOLDS) as url:
        _stranded(url, options)
    return 0
