"""Tells whether the time of an answer gives away that an address is known.

    python -m scripts.bench_auth_timing [--samples 2000]

Starts a shop of its own and asks register, login and forgot about known and unknown addresses in turn, each pair in
a random order. Prints, per route, how often the slower of two answers is that of the known address: the area under
the curve of the best classifier by time. 0.5 is a coin; the aim is at most 0.55. Run it on an idle machine.
"""

import argparse
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from scripts.local.children import ROOT
from scripts.local.demo.seed import ACCOUNTS
from scripts.local.supervisor import free_ports

AIM = 0.55
WARM_UP = 20  # requests of each route before it is measured
KNOWN = ACCOUNTS[-1][0]
PAUSE = 0.045  # seconds between requests: below what the gateway throttles


@contextmanager
def shop() -> Iterator[str]:
    """A shop without products; its URL."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "scripts.local", "start", "--port", str(port), "--no-seed"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout
        if not any(line.startswith("ready ") for line in process.stdout):
            raise SystemExit("the shop did not start; scripts/start says why")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def area(known: list[float], unknown: list[float]) -> float:
    """The area under the ROC curve of time as a sign of a known address, whichever way round it tells more."""
    ranked = sorted([(seconds, True) for seconds in known] + [(seconds, False) for seconds in unknown])
    ranks = sum(rank for rank, (_, is_known) in enumerate(ranked, 1) if is_known)
    found = (ranks - len(known) * (len(known) + 1) / 2) / (len(known) * len(unknown))
    return max(found, 1 - found)


def bodies() -> dict[str, Callable[[str], dict[str, str]]]:
    """What is sent to each route about an address."""
    return {
        "/v1/auth/register": lambda email: {"email": email, "password": str(uuid.uuid4()), "full_name": "Ada Lovelace"},
        "/v1/auth/login": lambda email: {"email": email, "password": str(uuid.uuid4())},
        "/v1/auth/password/forgot": lambda email: {"email": email},
    }


def measure(http: httpx.Client, path: str, body: Callable[[str], dict[str, str]], samples: int) -> tuple[float, int]:
    """(area, answers that did not come from the use case: throttled ones)."""
    times: dict[bool, list[float]] = {True: [], False: []}
    throttled = 0
    for number in range(-WARM_UP, samples // 2):
        for is_known in random.sample((True, False), 2):
            email = KNOWN if is_known else f"{uuid.uuid4().hex[:12]}@example.com"
            time.sleep(PAUSE)
            started = time.perf_counter()
            status = http.post(path, json=body(email)).status_code
            seconds = time.perf_counter() - started
            throttled += status == 429
            if number >= 0:
                times[is_known].append(seconds)
    return area(times[True], times[False]), throttled


def main() -> int:
    """Print a line per route; 1 when a route tells more than the aim allows."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench_auth_timing", description=__doc__)
    parser.add_argument("--samples", type=int, default=2000, help="per route, half of them of a known address")
    samples = parser.parse_args().samples
    worst = 0.0
    with shop() as url, httpx.Client(base_url=url, timeout=30.0) as http:
        for path, body in bodies().items():
            found, throttled = measure(http, path, body, samples)
            worst = max(worst, found)
            print(f"{path:28} AUC {found:.3f} over {samples} samples ({throttled} throttled; aim {AIM})", flush=True)
    return 1 if worst > AIM else 0


if __name__ == "__main__":
    sys.exit(main())
