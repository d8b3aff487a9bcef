"""Starting the local cloud: until it is ready, the first request of each service, and a warm one.

    scripts/bench start [--repeat 200]

A health route does nothing but answer, so what a warm one takes is what the local cloud adds to an invocation, and the
handler's own routing with it.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence

import httpx

from scripts.benchmarks.running import running_shop
from scripts.benchmarks.tables import text_table, verdict

READY_SECONDS, FIRST_SECONDS, WARM_SECONDS = 15.0, 1.5, 0.005
SERVICES = ("auth", "cart", "catalog", "notifications", "orders", "payments", "shipping")


def main(arguments: Sequence[str]) -> int:
    """Prints the table; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench start", description=__doc__)
    parser.add_argument("--repeat", type=int, default=200)
    options = parser.parse_args(arguments)
    print("starting a shop …", file=sys.stderr, flush=True)
    with running_shop("--empty") as shop, httpx.Client(base_url=shop.url, timeout=60.0) as http:

        def ask(service: str) -> float:
            began = time.perf_counter()
            http.get(f"/v1/{service}/health").raise_for_status()
            return time.perf_counter() - began

        found = [("ready, nothing in the tables", shop.ready_seconds, READY_SECONDS)]
        found += [(f"first request of {service}", ask(service), FIRST_SECONDS) for service in SERVICES]
        warm = []
        for number in range(options.repeat):
            warm.append(ask(SERVICES[number % len(SERVICES)]))
            time.sleep(0.01)  # below what the gateway throttles
        found.append(("a warm request, median", statistics.median(warm), WARM_SECONDS))
    table = [[name, f"{most:.3f}", f"{took:.3f}", verdict(took, most)] for name, took, most in found]
    print(text_table(["what", "target s", "s", ""], table))
    return int(any(took > most for _, took, most in found))
