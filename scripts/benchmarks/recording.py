"""What functions were given and what they were answered, written down, so that one of them can be run alone.

An order from the cart to the door is played in the simulation's shop; every answer that crosses the wire is kept.
"""

import base64
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from minishop.identity import Principal, Role
from scripts.simulation.client import ADMIN, Client
from scripts.simulation.flows import stock_the_shop
from scripts.simulation.opening import STACK, open_shop
from scripts.simulation.shop import Shop

SOMEBODY = Principal("cus_somebody", frozenset({Role.CUSTOMER}))
REGISTRATION = {"email": "ada@example.com", "password": "a long enough pass phrase", "full_name": "Ada Lovelace"}
INVOCATIONS = Path(__file__).resolve().parents[2] / "events" / "invocations"
EXPORTS = {  # what only an export of somebody's data asks for
    "PaymentsInternalFunction": "payments/internal-export-payments.json",
    "NotificationsInternalFunction": "notifications/internal-export-notifications.json",
}


@dataclass
class Run:
    """One invocation: what a function was given, and what it was answered, in order."""

    function: str
    handler: str
    environment: Mapping[str, str]
    event: Mapping[str, Any]
    now: float  # seconds since 1970
    exchanges: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As `first_event.py` reads it."""
        return asdict(self)


class Recorder:
    """Stands in the way of a shop's invocations and answers."""

    def __init__(self, shop: Shop) -> None:
        self.runs: list[Run] = []
        self._shop = shop
        self._open: list[Run] = []
        self._invoke, self._aws, self._redis = shop.invoke, shop.network.aws, shop.network.redis
        self._deliver = shop.network._deliver  # noqa: SLF001
        shop.network.shortcut = False  # everything over the wire
        for owner, name in ((shop, "invoke"), (shop.network, "aws"), (shop.network, "redis")):
            setattr(owner, name, getattr(self, name))
        shop.network._deliver = self.deliver  # noqa: SLF001

    def invoke(self, function_id: str, event: Mapping[str, Any]) -> Any:
        """A function runs; kept when it has an answer."""
        shop = self._shop
        environment = shop.world.environment(function_id)
        handler = shop.stack.functions[function_id].handler
        self._open.append(Run(function_id, handler, environment, event, shop.now.timestamp()))
        try:
            answer = self._invoke(function_id, event)
            self.runs.append(self._open[-1])
            return answer
        finally:
            self._open.pop()

    def aws(self, *arguments: Any) -> Any:
        """AWS answers."""
        answer = self._aws(*arguments)
        if self._open and answer is not None:
            body = base64.b64encode(answer.content).decode()
            self._note(kind="aws", status=answer.status_code, headers=dict(answer.headers), body=body)
        return answer

    def deliver(self, *arguments: Any) -> Any:
        """Another service, the provider or the carrier answers."""
        status, headers, body = self._deliver(*arguments)
        self._note(kind="http", status=status, headers=headers, body=base64.b64encode(body).decode())
        return status, headers, body

    def redis(self, *command: Any) -> Any:
        """The cache answers."""
        answer = self._redis(*command)
        kept = (
            [base64.b64encode(one).decode() if one else None for one in answer] if isinstance(answer, list) else answer
        )
        self._note(kind="redis", body=kept)
        return answer

    def _note(self, **exchange: Any) -> None:
        if self._open:
            self._open[-1].exchanges.append(exchange)


@contextlib.contextmanager
def recorded_shop() -> Iterator[tuple[Shop, Recorder]]:
    """A stocked shop in which everything is written down."""
    with open_shop() as shop:
        stock_the_shop(shop)
        yield shop, Recorder(shop)


def _cold_runs(shop: Shop) -> None:
    """An order, each function cold at each of its runs; then those that no order needs."""
    client = Client(shop, name="cold")

    def cold(action: Callable[[], object]) -> None:
        shop.processes.die_all()
        action()
        while steps := shop.steps():
            shop.processes.die_all()
            shop.take(steps[0])

    cold(client.put_in_cart)
    cold(client.place)
    cold(lambda: client.send("GET", "/v1/cart"))
    cold(client.order)
    cold(client.dispatch)
    cold(client.advance)
    cold(shop.run_schedules)
    for path in ("/v1/products", f"/v1/payments?order_id={client.memory['order']}", "/v1/shipping/methods?country=DE"):
        cold(partial(client.send, "GET", path))
    cold(lambda: client.send("GET", "/v1/me/notifications", principal=SOMEBODY))
    cold(lambda: client.send("GET", "/v1/health"))
    token = client.send("POST", "/v1/auth/guest").body["access_token"]
    cold(lambda: client.send("POST", "/v1/auth/guest"))
    cold(lambda: shop.request("GET", "/v1/admin/users", principal=ADMIN))
    event = {"version": "2.0", "type": "REQUEST", "headers": {"authorization": f"Bearer {token}"}}
    cold(lambda: shop.invoke("AuthAuthorizerFunction", event))
    cold(lambda: client.send("POST", "/v1/auth/register", REGISTRATION))  # told, and mailed
    cold(partial(Client(shop, name="merged").put_in_cart, "TEE", 1))
    cold(lambda: client.send("POST", "/v1/cart/merge", principal=replace(SOMEBODY, guest="gst_merged")))
    for function, case in EXPORTS.items():
        told = (INVOCATIONS / case).read_text("utf-8").replace("assumed-role/minishop-", f"assumed-role/{STACK}-")
        cold(partial(shop.invoke, function, json.loads(told)))


def record_cold() -> dict[str, Run]:
    """For each function that ran, its run with the most answers: as good a first event as it will get."""
    with recorded_shop() as (shop, recorder):
        _cold_runs(shop)
    best: dict[str, Run] = {}
    for run in recorder.runs:
        if run.function not in best or len(run.exchanges) > len(best[run.function].exchanges):
            best[run.function] = run
    return best


def record_warm() -> dict[str, tuple[Run, Run]]:
    """By operation: a cold run, and the same once warm."""
    found: dict[str, tuple[Run, Run]] = {}
    with recorded_shop() as (shop, recorder):

        def twice(name: str, function: str, *actions: Callable[[], object]) -> None:
            runs = []
            shop.processes.die_all()
            for action in actions:
                recorder.runs.clear()
                action()
                runs.append(next(run for run in reversed(recorder.runs) if run.function == function))
            found[name] = (runs[0], runs[1])

        clients = [Client(shop, name=str(number)) for number in range(2)]
        twice("add to cart", "CartApiFunction", clients[0].put_in_cart, partial(clients[0].put_in_cart, quantity=3))
        firsts = (clients[1].put_in_cart, Client(shop, name="2").put_in_cart)
        twice("add to cart, the first thing", "CartApiFunction", *firsts)
        totals = [client.quote().body["totals"]["total"] for client in clients]
        places = [partial(client.place_for, total) for client, total in zip(clients, totals, strict=True)]
        twice("place an order", "OrdersApiFunction", *places)
        twice("show an order", "OrdersApiFunction", *(client.order for client in clients))
    return found
