"""A shop that was started by its command, and a shopper who talks to it."""

import contextlib
import itertools
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from scripts.local.ports import free_port

ROOT = Path(__file__).parents[2]
START_DEADLINE_SECONDS = 300.0
BUSY = 503  # something that is needed does not answer in time, as on a machine that has too much to do
THROTTLED = (429, "Too Many Requests")  # others have just used up what a route lets through in a second
RENEWED_SECONDS = 120.0  # tokens of staff live for five minutes
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 0.3
DEADLINE_SECONDS = 240.0  # a message that failed once on a busy machine comes again after three minutes
PASSWORD = "a long enough pass phrase"
ADDRESS = {
    "full_name": "Grace Hopper",
    "line1": "1 Compiler Way",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
    "phone": "+4930123456",
}
T = TypeVar("T")


def is_for_later(answer: httpx.Response) -> bool:
    """Whether the shop asks to try the same again: not by a limit of what somebody may do, which is a refusal."""
    status, words = THROTTLED
    return answer.status_code == BUSY or (answer.status_code == status and words in answer.text)


def settled(ask: Callable[[], httpx.Response], *, what: str) -> httpx.Response:
    """The answer, once there is one that does not ask to try the same again."""

    def look() -> httpx.Response | None:
        answer = ask()
        return None if is_for_later(answer) else answer

    answer = eventually(look, what=f"an answer to {what}")
    assert answer is not None
    return answer


def eventually(look: Callable[[], T], *, within: float = DEADLINE_SECONDS, what: str = "it") -> T:
    """What `look` finds as soon as that is true; polls, and fails when the deadline has passed.

    It looks less and less often: several who wait look at a shop that has work to do.
    """
    deadline = time.monotonic() + within
    pause, seconds = threading.Event(), FIRST_PAUSE_SECONDS
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {within} s; last seen: {found!r}")
        pause.wait(seconds)
        seconds = min(seconds * 1.5, LONGEST_PAUSE_SECONDS)


class Shop:
    """A running shop."""

    def __init__(
        self, process: subprocess.Popen[str], url: str, reader: threading.Thread, lines: Sequence[str]
    ) -> None:
        self.process = process
        self.url = url
        self.lines = lines  # what it said on standard output
        self._reader = reader

    def get(self, path: str, **parameters: str) -> Any:
        """The JSON answer to a plain GET."""
        response = httpx.get(self.url + path, params=parameters, timeout=DEADLINE_SECONDS)
        response.raise_for_status()
        return response.json()

    def post(self, path: str) -> None:
        """A plain POST, of which only the success matters."""
        httpx.post(self.url + path, timeout=DEADLINE_SECONDS).raise_for_status()

    def mailbox(self, to: str) -> list[dict[str, Any]]:
        """Mails and SMS to this address or number."""
        items: list[dict[str, Any]] = self.get("/_local/mailbox", to=to)["items"]
        return items

    def mail(self, to: str, subject: str) -> dict[str, Any]:
        """The one mail (or SMS) to this address whose subject or text holds these words, once it is there."""

        def look() -> list[dict[str, Any]]:
            return [one for one in self.mailbox(to) if subject in (one["subject"] or one["text"])]

        (found,) = eventually(look, what=f"a message to {to} about {subject!r}")
        return found

    def carrier_step(self, tracking_number: str, status: str = "") -> dict[str, Any]:
        """The sandbox carrier takes its next step, or this one."""
        url = f"{self.url}/_local/carrier/{tracking_number}/advance"
        response = httpx.post(url, params={"status": status} if status else {}, timeout=DEADLINE_SECONDS)
        assert response.status_code == 200, response.text
        step: dict[str, Any] = response.json()
        return step

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ends it as Ctrl-C does; its exit code."""
        self.process.send_signal(how)
        code = self.process.wait(timeout=DEADLINE_SECONDS)
        self._reader.join(timeout=DEADLINE_SECONDS)
        return code


def start(root: Path, *arguments: str, port: int | None = None, within: float = START_DEADLINE_SECONDS) -> Shop:
    """Starts the shop of a checkout and waits until it says that it is ready."""
    port = port or free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "COV_"))}
    log = (root / ".minishop" / "system-test.log") if (root / ".minishop").is_dir() else Path(os.devnull)
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.local", "start", "--port", str(port), *arguments],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    lines: list[str] = []
    ready: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert process.stdout
        with process.stdout as output:
            for line in output:
                lines.append(line.rstrip())
                if line.startswith("ready "):
                    ready.put(line.split()[1])
        ready.put(None)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        url = ready.get(timeout=within)
    except queue.Empty:
        url = None
    if url is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        raise AssertionError("the shop did not start:\n" + "\n".join(lines))
    return Shop(process, url, reader, lines)


class Shopper:
    """Somebody with a token. Every answer is asserted to be what was expected, with the body in the message."""

    _numbers = itertools.count(1)

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.http = httpx.Client(
            base_url=shop.url, timeout=DEADLINE_SECONDS, event_hooks={"request": [self._stay_signed_in]}
        )
        self._renewal = threading.Lock()
        self._renew_at = float("inf")  # of a session that is kept, by `time.monotonic`
        self.email = f"grace{next(self._numbers)}.{uuid.uuid4().hex[:8]}@example.com"
        self.refresh_token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

    def call(
        self, method: str, path: str, body: Any = None, *, expect: int = 200, headers: dict[str, str] | None = None
    ) -> Any:
        """The JSON body of an answer that must have the expected status. Who is told to try again does so."""

        def ask() -> httpx.Response | None:
            answer = self.http.request(method, path, json=body, headers=headers)
            return None if is_for_later(answer) and answer.status_code != expect else answer

        response = eventually(ask, what=f"an answer to {method} {path}")
        assert response is not None
        assert response.status_code == expect, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def _use(self, tokens: dict[str, Any]) -> dict[str, Any]:
        self.refresh_token = tokens["refresh_token"]
        self.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        return tokens

    def be_guest(self) -> None:
        """A new guest's token."""
        self._use(self.call("POST", "/v1/auth/guest", expect=201))

    def log_in(self, email: str, password: str, **options: Any) -> None:
        """A customer's token."""
        self._use(self.call("POST", "/v1/auth/login", {"email": email, "password": password, **options}))

    def refresh(self) -> bool:
        """Another token of the same session; False when that has ended. Who is told to try again does so."""

        asked = {"refresh_token": self.refresh_token}
        response = settled(lambda: self.http.post("/v1/auth/refresh", json=asked), what="another token")
        if response.status_code == 200:
            self._use(response.json())
        return response.status_code == 200

    def keep_signed_in(self) -> None:
        """From now on the token is renewed before it runs out, however long what is done with it takes."""
        self._renew_at = time.monotonic() + RENEWED_SECONDS

    def _stay_signed_in(self, request: httpx.Request) -> None:
        if request.url.path.startswith("/v1/auth/") or time.monotonic() < self._renew_at:
            return
        with self._renewal:
            if time.monotonic() >= self._renew_at:  # nobody else has done it meanwhile
                assert self.refresh(), "the session has ended"
                self.keep_signed_in()
        request.headers["Authorization"] = self.http.headers["Authorization"]

    def register(self) -> None:
        """Registers, reads the mail, proves the address."""
        body = {"email": self.email, "password": PASSWORD, "full_name": "Grace Hopper"}
        self.call("POST", "/v1/auth/register", body, expect=202)
        mail = self.shop.mail(self.email, "Confirm your e-mail address")
        found = re.search(r"token=([\w.~%-]+)", mail["text"])
        assert found
        self.call("POST", "/v1/auth/verify-email", {"token": found[1]}, expect=204)

    def become_customer(self) -> None:
        """Registers and signs in, taking along what the guest had."""
        guest = self.refresh_token
        self.register()
        self.log_in(self.email, PASSWORD, **({"guest_refresh_token": guest} if guest else {}))

    def some_variant(self) -> dict[str, Any]:
        """A variant that can be bought."""
        for product in self.call("GET", "/v1/products?in_stock=true&limit=100")["items"]:
            for variant in product["variants"]:
                if variant["available"] >= 10:
                    found: dict[str, Any] = variant
                    return found
        raise AssertionError("nothing in stock")

    def put_in_cart(self, sku: str, quantity: int) -> dict[str, Any]:
        """The cart afterwards. A product that was just published needs a moment to be known to carts."""

        def look() -> dict[str, Any] | None:
            response = self.http.put(f"/v1/cart/items/{sku}", json={"quantity": quantity})
            answer: dict[str, Any] = response.json()
            return answer if response.status_code == 200 else None

        cart = eventually(look, what=f"{sku} in the cart")
        assert cart
        return cart

    def quote(self) -> dict[str, Any]:
        """What the cart costs, shipped to ADDRESS by the cheapest method."""
        answer: dict[str, Any] = self.call("POST", "/v1/checkout/quote", {"shipping_address": ADDRESS})
        return answer

    def order(self, payment_method: str = "pm_card_visa", *, key: str | None = None, expect: int = 201) -> Any:
        """Places an order for what is in the cart."""
        quote = self.quote()
        body = {
            "shipping_address": ADDRESS,
            "shipping_method": quote["shipping_methods"][0]["id"],
            "payment_method": {"token": payment_method},
            "expected_total": quote["totals"]["total"],
            "email": self.email,
        }
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.call("POST", "/v1/orders", body, expect=expect, headers=headers)

    def order_once(self, order_id: str, status: str, *, within: float = DEADLINE_SECONDS) -> dict[str, Any]:
        """The order, as soon as it has this status."""

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.call("GET", f"/v1/orders/{order_id}")
            return found if found["status"] == status else None

        order = eventually(look, within=within, what=f"order {order_id} to be {status}")
        assert order
        return order

    def available(self, sku: str) -> int:
        """How many of a SKU the catalogue says can be bought."""
        for product in self.pages("/v1/products?limit=100"):
            for variant in product["variants"]:
                if variant["sku"] == sku:
                    count: int = variant["available"]
                    return count
        raise AssertionError(f"no product has {sku}")

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """All items of a list, page after page."""
        cursor = None
        while True:
            page = self.call("GET", path + (f"&cursor={cursor}" if cursor else ""))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return
