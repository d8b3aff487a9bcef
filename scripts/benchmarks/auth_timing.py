"""Tells whether the time of an answer gives away that an address is known.

    scripts/bench auth-timing [--samples 2000] [--in-process]

Asks register, login and forgot about known and unknown addresses in a random order, and prints per route how well
the best classifier by time tells them apart: the area under its curve, with its 95 % interval. 0.5 is a coin; the aim
is at most 0.55. Over HTTP it starts a shop of its own, and keeps below all limits by asking about many accounts from
many addresses of the loopback network. With `--in-process` auth's handler runs here, on moto, with the limits lifted
for this process, and CPU time is told beside elapsed time. Run it on an idle machine.
"""

import argparse
import json
import logging
import math
import os
import random
import re
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from scripts.local.children import ROOT
from scripts.local.ports import free_port

AIM = 0.55
WARM_UP = 20  # requests of each route before it is measured
KNOWN = 80  # accounts: each takes fifteen wrong passwords in a window
SOURCES = 60  # addresses: each makes sixty guesses in a window
PAUSE = 0.045  # seconds between requests: below what the gateway throttles
PASSWORD = "four unrelated words"  # noqa: S105  of accounts that live as long as this
DEADLINE = 60.0  # seconds, for a mail
Ask = Callable[[str, dict[str, str]], tuple[int, float, float]]
"""Sends a body to a path: (status, seconds, seconds of CPU)."""


def new_email() -> str:
    """An address that nobody has; all are of one length."""
    return f"{uuid.uuid4().hex[:12]}@example.com"


def area(known: list[float], unknown: list[float]) -> tuple[float, float]:
    """The area under the ROC curve of time as a sign of a known address, and half its 95 % interval.

    Whichever way round it tells more. The interval is Hanley and McNeil's (1982).
    """
    ranked = sorted([(seconds, True) for seconds in known] + [(seconds, False) for seconds in unknown])
    ranks = sum(rank for rank, (_, is_known) in enumerate(ranked, 1) if is_known)
    one, other = len(known), len(unknown)
    found = (ranks - one * (one + 1) / 2) / (one * other)
    found = max(found, 1 - found)
    q1, q2 = found / (2 - found), 2 * found**2 / (1 + found)
    variance = (found * (1 - found) + (one - 1) * (q1 - found**2) + (other - 1) * (q2 - found**2)) / (one * other)
    return found, 1.96 * math.sqrt(variance)


def body(path: str, email: str) -> dict[str, str]:
    """What is sent to a route about an address."""
    bodies = {
        "/v1/auth/register": {"email": email, "password": str(uuid.uuid4()), "full_name": "Ada Lovelace"},
        "/v1/auth/login": {"email": email, "password": str(uuid.uuid4())},
        "/v1/auth/password/forgot": {"email": email},
    }
    return bodies[path]


def measure(ask: Ask, path: str, known: list[str], samples: int) -> dict[str, Any]:
    """Seconds and CPU seconds by whether the address was known, and how many answers came from a limit."""
    # Nobody can register twice as a stranger; elsewhere the same strangers are asked about as often as the known.
    strangers = [new_email() for _ in (known if path != "/v1/auth/register" else range(samples))]
    labels = [True, False] * (WARM_UP // 2)
    labels += random.sample([True, False] * (samples // 2), samples // 2 * 2)
    taken: dict[str, dict[bool, list[float]]] = {name: {True: [], False: []} for name in ("elapsed", "cpu")}
    turn, throttled = {True: 0, False: 0}, 0
    for number, is_known in enumerate(labels):
        pool = known if is_known else strangers
        email, turn[is_known] = pool[turn[is_known] % len(pool)], turn[is_known] + 1
        status, seconds, cpu = ask(path, body(path, email))
        throttled += status == 429
        if number >= WARM_UP:
            taken["elapsed"][is_known].append(seconds)
            taken["cpu"][is_known].append(cpu)
    return {**taken, "throttled": throttled}


@contextmanager
def shop() -> Iterator[tuple[Ask, list[str]]]:
    """A shop without products, as seen from outside, and addresses of customers."""
    port = free_port()
    command = [sys.executable, "-m", "scripts.local", "start", "--port", str(port), "--no-seed"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    url = f"http://127.0.0.1:{port}"
    transports = [httpx.HTTPTransport(local_address=f"127.0.0.{number}") for number in range(2, 2 + SOURCES)]
    clients = [httpx.Client(base_url=url, timeout=30.0, transport=transport) for transport in transports]

    def ask(path: str, sent: dict[str, str]) -> tuple[int, float, float]:
        client = clients[0]
        clients.append(clients.pop(0))
        time.sleep(PAUSE)
        started = time.perf_counter()
        status = client.post(path, json=sent).status_code
        return status, time.perf_counter() - started, 0.0

    try:
        assert process.stdout
        if not any(line.startswith("ready ") for line in process.stdout):
            raise SystemExit("the shop did not start; scripts/start says why")
        for client in clients:
            client.get("/v1/auth/health")  # connected from here on
        yield ask, [_customer(clients[0]) for _ in range(KNOWN)]
    finally:
        for client in clients:
            client.close()
        process.terminate()
        process.wait()


def _customer(http: httpx.Client) -> str:
    """The address of a new customer, proven."""
    email = new_email()
    sent = {"email": email, "password": PASSWORD, "full_name": "Ada Lovelace"}
    time.sleep(PAUSE)
    http.post("/v1/auth/register", json=sent).raise_for_status()
    deadline = time.monotonic() + DEADLINE
    while not (mails := http.get("/_local/mailbox", params={"to": email}).json()["items"]):
        if time.monotonic() > deadline:
            raise SystemExit("no mail came")
        time.sleep(PAUSE)
    (token,) = re.findall(r"token=([\w.~-]+)", mails[0]["text"])
    http.post("/v1/auth/verify-email", json={"token": token}).raise_for_status()
    return email


@contextmanager
def handler() -> Iterator[tuple[Ask, list[str]]]:
    """Auth's handler in this process, without limits, and addresses of customers."""
    from moto import mock_aws

    from auth import api, seeding
    from auth.domain import EmailAddress, throttles
    from auth.passwords import Argon2Passwords
    from auth.use_cases import Appointment
    from auth.wiring import directory
    from scripts.local.deployment.testing import create_world

    for name in ("ACCOUNT_LIMIT", "TRUSTED_LIMIT", "SOURCE_LIMIT", "PASSWORD_LIMIT"):
        setattr(throttles, name, sys.maxsize)
    http = {"method": "POST", "sourceIp": "192.0.2.1"}

    def ask(path: str, sent: dict[str, str]) -> tuple[int, float, float]:
        event = {
            "routeKey": f"POST {path}",
            "rawPath": path,
            "headers": {},
            "requestContext": {"requestId": "request-1", "http": http},
            "body": json.dumps(sent),
        }
        started, cpu = time.perf_counter(), time.process_time()
        status = api.handler(event, None)["statusCode"]
        return status, time.perf_counter() - started, time.process_time() - cpu

    with mock_aws():
        os.environ.update(create_world(ROOT / "template.yaml").environment("AuthApiFunction"))
        logging.disable()
        emails = [new_email() for _ in range(KNOWN)]
        people = [
            Appointment(email=EmailAddress.parse(email), password=PASSWORD, full_name="Ada", roles=frozenset())
            for email in emails
        ]
        seeding.seed(directory(), Argon2Passwords(), people)
        yield ask, emails


def main(arguments: list[str]) -> int:
    """Print a line per route; 1 when a route tells more than the aim allows."""
    parser = argparse.ArgumentParser(prog="scripts/bench auth-timing", description=__doc__)
    parser.add_argument("--samples", type=int, default=2000, help="per route, half of them of a known address")
    parser.add_argument("--in-process", action="store_true", help="the handler alone, on moto; CPU time too")
    options = parser.parse_args(arguments)
    worst = 0.0
    with handler() if options.in_process else shop() as (ask, known):
        for path in ("/v1/auth/register", "/v1/auth/login", "/v1/auth/password/forgot"):
            taken = measure(ask, path, known, options.samples)
            for name in ("elapsed", "cpu") if options.in_process else ("elapsed",):
                found, half = area(taken[name][True], taken[name][False])
                worst = max(worst, found if name == "elapsed" else 0.0)
                medians = [1000 * statistics.median(taken[name][is_known]) for is_known in (True, False)]
                print(
                    f"{path:26} {name:8} AUC {found:.3f} ± {half:.3f} (aim {AIM}); median {medians[0]:.2f} ms known, "
                    f"{medians[1]:.2f} ms unknown; {options.samples} samples, {taken['throttled']} throttled",
                    flush=True,
                )
    return 1 if worst > AIM else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
