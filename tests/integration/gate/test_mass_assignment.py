"""Nobody sets what is the server's: every write model, and every model inside it, by every name that is tempting."""

import typing
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel

from minishop.http import Api, Route
from minishop.identity import Principal
from tests.contract.template import Function, functions
from tests.helpers import answer_of, http_event
from tests.integration.conftest import Aws

NAMES = (
    "id", "owner", "owner_id", "customer_id", "principal", "principal_id", "user_id", "sub", "actor", "guest",
    "role", "roles", "is_admin", "admin", "verified", "email_verified", "password_hash", "disabled", "mfa",
    "price", "unit_price", "line_total", "subtotal", "discount", "tax", "shipping", "total", "totals", "amount",
    "currency", "status", "payment_status", "fulfilment_status", "paid", "captured", "refunded", "available",
    "allocated", "stock", "version", "sequence", "created_at", "updated_at", "placed_at", "expires_at",
    "pk", "sk", "outbox", "gsi1pk", "gsi1sk", "entity", "_type", "__class__", "__proto__", "constructor", "$set",
    "service", "internal", "debug", "expected", "fingerprint",
)  # fmt: skip

# Where one of the names is the caller's to set: (route, pointer of the object) → names.
OWN: dict[tuple[str, str], frozenset[str]] = {
    ("POST /v1/admin/products", ""): frozenset({"status"}),
    ("PATCH /v1/admin/products/{id}", ""): frozenset({"status"}),
    ("POST /v1/admin/products", "/variants/0"): frozenset({"price"}),
    ("PATCH /v1/admin/products/{id}", "/variants/0"): frozenset({"price"}),
    ("PUT /v1/admin/users/{id}/roles", ""): frozenset({"roles"}),
    ("POST /v1/admin/payments/{id}/refunds", ""): frozenset({"amount"}),
    ("POST /v1/admin/orders/{id}/refunds/{reference}/retry", ""): frozenset(
        {"amount"}
    ),  # support's; held to what is due
    ("POST /v1/admin/shipments/{id}/reports", ""): frozenset({"status"}),
    ("POST /v1/admin/promotions", ""): frozenset({"currency"}),  # of its value
}
MONEY = frozenset({"amount", "currency"})


@dataclass(frozen=True)
class Write:
    """An object of a write model: the body itself, or one inside it."""

    function: Function
    route: Route
    pointer: str  # of the object in the body
    model: type[BaseModel]

    def body(self, name: str) -> Any:
        """A body with nothing in it but the object, and in that nothing but the name."""
        value: Any = {name: 1}
        for part in reversed(self.pointer.split("/")[1:]):
            value = [value] if part == "0" else {part: value}
        return value

    @property
    def own(self) -> frozenset[str]:
        """The tempting names that are the caller's to set."""
        money = MONEY if set(self.model.model_fields) == MONEY else frozenset()
        return OWN.get((self.route.key, self.pointer), frozenset()) | money


def _models(annotation: Any, pointer: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """The models in a type, with pointers to them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield pointer, annotation
        for name, field in annotation.model_fields.items():
            yield from _models(field.annotation, f"{pointer}/{name}")
        return
    is_list = typing.get_origin(annotation) in {list, tuple}
    for part in typing.get_args(annotation):
        yield from _models(part, pointer + ("/0" if is_list else ""))


def _writes() -> Iterator[Write]:
    for function in functions():
        if function.door in {"api", "internal"} and function.service != "sandbox":
            for route in function.module().api.routes.values():
                if route.body:
                    for pointer, model in _models(route.body, ""):
                        yield Write(function, route, pointer, model)


WRITES = list(_writes())


def ask(write: Write, **options: Any) -> dict[str, Any]:
    api: Api = write.function.module().api
    names = [part[1:-1] for part in write.route.path.split("/") if part.startswith("{")]
    event = http_event(
        write.route.key,
        principal=Principal("cus_eve", write.route.who, session="ses_eve") if write.route.who else None,
        caller=min(write.route.callers) if write.route.callers else None,
        path=dict.fromkeys(names, "thing-1"),
        headers={"Idempotency-Key": "key-1", "If-Match": '"1"'},
        **options,
    )
    return api.handler(event, None)


def test_the_names_that_are_the_caller_s_are_those_of_the_table() -> None:
    found = {
        (write.route.key, write.pointer): names
        for write in WRITES
        if (names := frozenset(NAMES) & set(write.model.model_fields)) and names != MONEY
    }
    # An order's own body says what total it expects, an internal one whose cart it speaks of.
    public = {place: names for place, names in found.items() if not place[0].split()[1].startswith("/internal/")}
    assert public.items() <= OWN.items()


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write.route.key} {write.pointer or '/'}")
def test_what_is_the_server_s_is_refused_by_name_and_nothing_is_asked_of_a_table(
    aws: Aws, write: Write, calls: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    aws.use(write.function.id)
    let_in = []
    allowed = write.own if not write.route.callers else frozenset(write.model.model_fields)
    for name in NAMES:
        if name in allowed:
            continue
        answer = ask(write, body=write.body(name))
        problem = answer_of(answer)
        refused = {error["pointer"]: error["detail"] for error in problem.get("errors", [])}
        if answer["statusCode"] != 422 or "Extra inputs" not in refused.get(f"{write.pointer}/{name}", ""):
            let_in.append((name, answer["statusCode"], refused))
    capsys.readouterr()
    assert let_in == []
    assert calls == {}


QUERIES = [
    Write(function, route, "", route.parameters["query"])
    for function in functions()
    if function.door == "api" and function.service != "sandbox"
    for route in function.module().api.routes.values()
    if "query" in route.parameters
]


@pytest.mark.parametrize("write", QUERIES, ids=lambda write: write.route.key)
def test_no_query_takes_a_name_that_it_does_not_know(
    aws: Aws, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.use(write.function.id)
    for name in set(NAMES) - set(write.model.model_fields):
        answer = ask(write, query={name: "1"})
        assert answer["statusCode"] == 422, name
        assert f"/{name}" in {error["pointer"] for error in answer_of(answer)["errors"]}
    capsys.readouterr()
