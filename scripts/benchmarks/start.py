"""Starting the local cloud: until it is ready, the first request of each function that has an HTTP door, a warm one.

    scripts/bench start [--repeat 200]

The first requests are made to a shop in which nothing has run yet; internal ones are signed by the role of a function
that may call them. A health route does nothing but answer, so what a warm one takes is what the local cloud adds to
an invocation, and the handler's own routing with it.
"""

import argparse
import asyncio
import re
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from scripts.benchmarks.figures import note, note_worst
from scripts.benchmarks.running import running_shop
from scripts.benchmarks.tables import text_table, verdict
from scripts.local.children import ROOT
from scripts.local.front.policies import is_allowed
from scripts.local.options import Options, read_config
from scripts.local.ports import free_port
from scripts.local.supervisor import Supervisor
from scripts.local.template.model import HttpApi, Route, Stack

READY_SECONDS, FIRST_SECONDS, WARM_SECONDS = 15.0, 1.5, 0.005
SERVICES = ("auth", "cart", "catalog", "notifications", "orders", "payments", "shipping")
NOBODYS = "Bearer of.no.use"
BODY = b"{}"


def doors(stack: Stack) -> Iterator[tuple[str, HttpApi, Route]]:
    """Each function that HTTP requests reach, with a route to it: one that is open, where there is one."""
    routes = [(api, route) for api in stack.apis.values() for route in api.routes if route.key != "$default"]
    for function in sorted({route.function for _, route in routes}):
        mine = [(api, route) for api, route in routes if route.function == function]
        yield function, *min(mine, key=lambda one: (one[1].authorizer is not None, one[1].key))
    for api, route in routes:
        if authorizer := api.authorizers.get(route.authorizer or ""):
            yield authorizer.function, api, route
            return


def body_of(method: str) -> bytes | None:
    """What is sent; the signature is over it."""
    return None if method == "GET" else BODY


def headers_of(stack: Stack, api: HttpApi, route: Route, method: str, url: str) -> Mapping[str, str]:
    """What a request needs to get as far as the function, or to its authorizer."""
    headers = {"Content-Type": "application/json", "Authorization": NOBODYS}
    if route.authorizer != "AWS_IAM":
        return headers
    stage = f"arn:aws:execute-api:{stack.region}:{stack.account}:{api.api_id}/$default"
    resource = f"{stage}/{method}{urlsplit(url).path}"
    caller = next(
        one.credentials
        for one in stack.functions.values()
        if is_allowed(one.credentials.policy or (), "execute-api:Invoke", resource)
    )
    request = AWSRequest(method, url, headers={"Content-Type": "application/json"}, data=body_of(method))
    keys = Credentials(caller.access_key, caller.secret_key, caller.session_token)
    SigV4Auth(keys, "execute-api", stack.region).add_auth(request)
    return dict(request.headers.items())


def knock(http: httpx.Client, stack: Stack, api: HttpApi, route: Route) -> float:
    """Seconds until the function answered.

    Raises httpx.HTTPStatusError for an answer of 500 and above, and where an internal call was refused.
    """
    method, _, path = route.key.partition(" ")
    url = f"http://127.0.0.1:{api.port}{re.sub(r'{[^}]+}', 'nobodys-1', path)}"
    headers = headers_of(stack, api, route, method, url)
    began = time.perf_counter()
    answer = http.request(method, url, headers=headers, content=body_of(method))
    taken = time.perf_counter() - began
    if answer.is_server_error or (route.authorizer == "AWS_IAM" and answer.status_code == 403):
        answer.raise_for_status()
    return taken


async def first_requests() -> dict[str, float]:
    """Seconds of each function's first request, in a shop that is started for it in this process."""
    options = Options(port=free_port(), overrides=read_config(ROOT / "samconfig.toml"), accounts=False, demo=False)
    supervisor = Supervisor(options, log=lambda _: None, say=lambda _: None)
    try:
        await supervisor.start()
        assert supervisor.stack
        return await asyncio.to_thread(knock_at_all, supervisor.stack)
    finally:
        await supervisor.close()


def knock_at_all(stack: Stack) -> dict[str, float]:
    """Seconds until each door's function, and the authorizer, first answered."""
    with httpx.Client(timeout=60.0) as http:
        http.get(f"http://127.0.0.1:{next(iter(stack.apis.values())).port}/_local/")  # the client's own first time
        return {name: knock(http, stack, api, route) for name, api, route in doors(stack)}


def main(arguments: Sequence[str]) -> int:
    """Prints the table; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench start", description=__doc__)
    parser.add_argument("--repeat", type=int, default=200)
    options = parser.parse_args(arguments)
    print("starting a shop …", file=sys.stderr, flush=True)
    with running_shop() as shop, httpx.Client(base_url=shop.url, timeout=60.0) as http:
        found = [("ready, with the demo's products", shop.ready_seconds, READY_SECONDS)]
        warm = []
        for number in range(len(SERVICES) + options.repeat):
            began = time.perf_counter()
            http.get(f"/v1/{SERVICES[number % len(SERVICES)]}/health").raise_for_status()
            warm.append(time.perf_counter() - began)
            time.sleep(0.01)  # below what the gateway throttles
    print("starting another, in which nothing has run …", file=sys.stderr, flush=True)
    firsts = asyncio.run(first_requests())
    found += [(f"first request of {name}", taken, FIRST_SECONDS) for name, taken in firsts.items()]
    found.append(("a warm request, median", statistics.median(warm[len(SERVICES) :]), WARM_SECONDS))
    note("start", "ready, s", READY_SECONDS, shop.ready_seconds)
    note_worst("start", "first request, s", ((name, FIRST_SECONDS, taken) for name, taken in firsts.items()))
    note("start", "a warm request, median, s", WARM_SECONDS, found[-1][1], shown=".4f")
    table = [[name, f"{most:.3f}", f"{took:.3f}", verdict(took, most)] for name, took, most in found]
    print(text_table(["what", "target s", "s", ""], table))
    return int(any(took > most for _, took, most in found))
