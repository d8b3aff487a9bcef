"""Writes the OpenAPI 3.1 document of the whole shop from the routes that the services declare.

    python -m scripts.openapi_document            writes functions/storefront/storefront/openapi.json
    python -m scripts.openapi_document --check    fails when the committed document differs

A service is a folder of `functions/` with an `api` door on the public API; its routes, models and refusals are
read from the very objects that answer requests.
"""

import argparse
import importlib
import inspect
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from minishop.errors import ProblemError
from minishop.http import Api, Reply, Route
from minishop.schemas import AnswerModel, ProblemAnswer

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "functions/storefront/storefront/openapi.json"
NOT_THE_SHOP_S = {"sandbox"}  # has an API of its own, which stands for somebody else's
REF = "#/components/schemas/{model}"

INTRODUCTION = """\
The backend of an online shop.

Get a guest's token from `POST /v1/auth/guest` and send it as `Authorization: Bearer …`. Money is in minor units.
Refusals are `application/problem+json` with a stable `code`. What the gateway itself refuses (a missing or bad
token, a body of more than 10 MB, throttling) is a JSON object with a `message`.
"""

# What the gateway answers by itself, in a form that an HTTP API cannot shape: status → why.
GATEWAY_ANSWERS = {
    "400": "Not HTTP, or more than 10,240 bytes of address and headers.",
    "401": "No token, or one that is not valid.",
    "413": "More than 10 MB.",
    "429": "Too many requests.",
    "503": "The service did not answer in time.",
}
PROBLEM = "application/problem+json"
JSON = "application/json"


class GatewayAnswer(AnswerModel):
    """What the gateway itself has to say."""

    message: str


def services(root: Path = ROOT) -> list[str]:
    """The names of the services, as folders."""
    return sorted(
        folder.name for folder in (root / "functions").iterdir() if (folder / folder.name / "api.py").is_file()
    )


def public_apis(root: Path = ROOT) -> dict[str, Api]:
    """The HTTP doors of the shop's services."""
    doors = {}
    for service in services(root):
        if service not in NOT_THE_SHOP_S:
            doors[service] = importlib.import_module(f"{service}.api").api
    return doors


def _answer_model(route: Route) -> type[BaseModel] | None:
    annotation = route.parameters.get("return")
    if get_origin(annotation) is Reply:
        (annotation,) = get_args(annotation)
    return annotation if inspect.isclass(annotation) and issubclass(annotation, BaseModel) else None


def _answers_text(route: Route) -> bool:
    """Whether it answers a file or a page, which no model describes."""
    annotation = route.parameters.get("return")
    return get_origin(annotation) is Reply and get_args(annotation)[0] in {str, bytes}


def _models(apis: Mapping[str, Api]) -> Iterator[tuple[type[BaseModel], Any]]:
    yield ProblemAnswer, "serialization"
    yield GatewayAnswer, "serialization"
    for api in apis.values():
        for route in api.routes.values():
            for model in (route.body, route.parameters.get("query")):
                if model:
                    yield model, "validation"
            answer = _answer_model(route)
            if answer:
                yield answer, "serialization"


def _ref(reference: Mapping[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
        }
        for name in re.findall(r"{(\w+)}", route.path)
    ]


def _query_parameters(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    required = set(schema.get("required", []))
    parameters = []
    for name, described in schema.get("properties", {}).items():
        # An absent parameter is left out of a query, not sent as null.
        offered = [part for part in described.get("anyOf", []) if part != {"type": "null"}]
        plain = {key: value for key, value in described.items() if key not in {"anyOf", "title", "description"}}
        if plain.get("default", ...) is None:
            del plain["default"]
        shape = {**plain, **offered[0]} if len(offered) == 1 else {**plain, **({"anyOf": offered} if offered else {})}
        parameter = {"name": name, "in": "query", "required": name in required, "schema": shape}
        if "description" in described:
            parameter["description"] = described["description"]
        parameters.append(parameter)
    return parameters


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    headers = []
    if route.idempotent:
        shape = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"}
        text = "Names this attempt: sent again, it gets the first answer again."
        headers.append(
            {"name": "Idempotency-Key", "in": "header", "required": True, "schema": shape, "description": text}
        )
    if route.if_match:
        shape = {"type": "string", "pattern": '^(W/)?"[0-9]{1,18}"$'}
        text = "The ETag of what was read."
        headers.append({"name": "If-Match", "in": "header", "required": True, "schema": shape, "description": text})
    return headers


def _refusals(route: Route) -> dict[str, set[str]]:
    """Status → the codes that this route may refuse with."""
    codes: dict[str, set[str]] = defaultdict(set)
    for error in route.errors:
        codes[str(error.status)].add(error.code)
    if "body" in route.parameters:
        codes["400"].add("malformed_body")
        codes["413"].add("body_too_large")
        codes["422"].add("invalid")
    if "query" in route.parameters:
        codes["400"].add("bad_request")
        codes["422"].add("invalid")
    if route.who is not None:
        codes["403"].add("forbidden")
    if "{" in route.path:
        codes["404"].add("not_found")
    codes["503"].add("unavailable")
    if route.idempotent:
        codes["400"].add("idempotency_key_required")
        codes["422"].add("idempotency_key_reused")
    if route.if_match:
        codes["412"].add("stale_version")
        codes["428"].add("if_match_required")
    return codes


def _refusal(route: Route, status: str, codes: set[str]) -> dict[str, Any]:
    """A refusal of the service's, of the gateway's, or either."""
    reasons, content = [], {}
    if codes:
        reasons.append("One of: " + ", ".join(f"`{code}`" for code in sorted(codes)) + ".")
        content[PROBLEM] = {"schema": {"$ref": REF.format(model="ProblemAnswer")}}
    if status in _gateway_statuses(route):
        reasons.append(f"{GATEWAY_ANSWERS[status]} In the gateway's form.")
        content[JSON] = {"schema": {"$ref": REF.format(model="GatewayAnswer")}}
    return {"description": " ".join(reasons), "content": content}


def _gateway_statuses(route: Route) -> set[str]:
    statuses = {"400", "429", "503"}
    if route.who is not None:
        statuses.add("401")
    if "body" in route.parameters:
        statuses.add("413")
    return statuses


def _responses(route: Route, answer: Mapping[str, Any] | None) -> dict[str, Any]:
    success: dict[str, Any] = {
        "description": "As asked.",
        "headers": {"X-Request-Id": {"schema": {"type": "string"}}},
    }
    status = str(route.status)
    if answer is not None:
        success["content"] = {route.produces: {"schema": answer}}
    elif _answers_text(route):
        success["content"] = {route.produces: {"schema": {"type": "object" if route.produces == JSON else "string"}}}
    elif route.status == 200:
        status = "204"
    responses: dict[str, Any] = {status: success}
    if route.method == "GET" and status == "200":
        responses["304"] = {"description": "Not changed since the ETag in If-None-Match."}
    refusals = _refusals(route)
    for refused in sorted(_gateway_statuses(route) | set(refusals)):
        responses[refused] = _refusal(route, refused, refusals.get(refused, set()))
    return responses


def _operation(
    service: str, route: Route, schemas: Mapping[Any, Any], definitions: Mapping[str, Any]
) -> dict[str, Any]:
    document = inspect.getdoc(route.function) or ""
    summary, _, rest = document.partition("\n")
    operation: dict[str, Any] = {
        "operationId": f"{service}_{route.function.__name__}",
        "tags": [service],
        "summary": summary.rstrip("."),
    }
    if rest.strip():
        operation["description"] = rest.strip()
    parameters = _path_parameters(route) + _header_parameters(route)
    if "query" in route.parameters:
        query = definitions[_ref(schemas[route.parameters["query"], "validation"])]
        parameters += _query_parameters(query)
    if parameters:
        operation["parameters"] = parameters
    if "body" in route.parameters:
        content = {"application/json": {"schema": schemas[route.body, "validation"]}}
        operation["requestBody"] = {"required": not route.body_is_optional, "content": content}
    model = _answer_model(route)
    operation["responses"] = _responses(route, schemas[model, "serialization"] if model else None)
    operation["security"] = [] if route.who is None else [{"bearer": []}]
    if route.who is not None:
        operation["x-minishop-who"] = sorted(route.who)
    return operation


def _without_query_models(apis: Mapping[str, Api], schemas: Mapping[Any, Any], definitions: dict[str, Any]) -> None:
    for api in apis.values():
        for route in api.routes.values():
            if "query" in route.parameters:
                definitions.pop(_ref(schemas[route.parameters["query"], "validation"]), None)


def build(apis: Mapping[str, Api]) -> dict[str, Any]:
    """The document as a plain object."""
    schemas, top = models_json_schema(list(dict.fromkeys(_models(apis))), ref_template=REF)
    definitions: dict[str, Any] = top["$defs"]
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for service, api in apis.items():
        for route in api.routes.values():
            if route.path:
                paths[route.path][route.method.lower()] = _operation(service, route, schemas, definitions)
    _without_query_models(apis, schemas, definitions)
    tags = []
    for service in apis:
        card = inspect.getdoc(importlib.import_module(service)) or ""
        tags.append({"name": service, "description": card.partition("\n\n")[0].replace("\n", " ")})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Minishop",
            "version": "1.0.0",
            "description": INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(definitions.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def documented_errors(apis: Mapping[str, Api]) -> dict[str, type[ProblemError]]:
    """Every refusal that some route declares, by its code."""
    return {error.code: error for api in apis.values() for route in api.routes.values() for error in route.errors}


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="scripts/openapi", description="Writes the OpenAPI document from the code.")
    parser.add_argument("--check", action="store_true", help="only say whether the committed document is up to date")
    options = parser.parse_args()
    text = json.dumps(build(public_apis()), indent=1, ensure_ascii=False) + "\n"
    if options.check:
        if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print("The OpenAPI document differs from the code: run scripts/openapi and commit the result.", file=sys.stderr)
        return 1
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {text.count('operationId')} operations")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
