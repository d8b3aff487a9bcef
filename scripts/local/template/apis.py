"""Reads HTTP APIs from the OpenAPI documents that SAM writes for API Gateway."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from scripts.local.template.errors import TemplateError
from scripts.local.template.model import Authorizer, Cors, HttpApi, Route, Throttle

_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
_ANY = "x-amazon-apigateway-any-method"
_FUNCTION = re.compile(r"/functions/arn:[^:]+:lambda:[^:]+:\d+:function:([^:/]+)(?::[^/]+)?/invocations$")


def read_api(
    id_: str,
    api_id: str,
    port: int,
    document: Mapping[str, Any],
    stage: Mapping[str, Any],
    functions: Mapping[str, str],
) -> HttpApi:
    """An API from its resolved document and stage. `functions`: physical name → logical id. Raises TemplateError."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    authorizers = {
        name: _authorizer(id_, name, each["x-amazon-apigateway-authorizer"], functions)
        for name, each in schemes.items()
        if each.get("x-amazon-apigateway-authorizer", {}).get("type") == "request"
    }
    iam = {name for name, each in schemes.items() if each.get("x-amazon-apigateway-authtype") == "awsSigv4"}
    for name in schemes.keys() - authorizers.keys() - iam:
        raise TemplateError(f"{id_}: authorizer {name} is neither a Lambda authorizer (REQUEST) nor AWS_IAM")
    routes = tuple(_routes(id_, document, functions, authorizers, iam))
    return HttpApi(
        id=id_,
        api_id=api_id,
        port=port,
        routes=routes,
        authorizers=authorizers,
        cors=_cors(document.get("x-amazon-apigateway-cors")),
        throttle=_throttle(stage.get("DefaultRouteSettings") or {}),
        route_throttles=_route_throttles(id_, stage.get("RouteSettings") or {}, routes),
    )


def _routes(
    id_: str,
    document: Mapping[str, Any],
    functions: Mapping[str, str],
    authorizers: Mapping[str, Authorizer],
    iam: set[str],
) -> list[Route]:
    routes = []
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            if method not in _METHODS and method != _ANY:
                continue
            verb = "ANY" if method == _ANY else method.upper()
            key = "$default" if path in {"/$default", "$default"} else f"{verb} {path}"
            uri = operation.get("x-amazon-apigateway-integration", {}).get("uri", "")
            function = _function(f"{id_}: route {key}", uri, functions)
            routes.append(Route(key, function, _guard(f"{id_}: route {key}", operation, authorizers, iam)))
    return sorted(routes, key=lambda route: route.key)


def _guard(
    place: str, operation: Mapping[str, Any], authorizers: Mapping[str, Authorizer], iam: set[str]
) -> str | None:
    for requirement in operation.get("security", []):
        for name in map(str, requirement):
            if name in iam:
                return "AWS_IAM"
            if name in authorizers:
                return name
            if name != "NONE":
                # A route whose guard is not understood must not be served openly.
                raise TemplateError(f"{place}: unknown authorizer {name}")
    return None


def _authorizer(id_: str, name: str, settings: Mapping[str, Any], functions: Mapping[str, str]) -> Authorizer:
    place = f"{id_}: authorizer {name}"
    if settings.get("authorizerPayloadFormatVersion") != "2.0" or not settings.get("enableSimpleResponses"):
        raise TemplateError(f"{place}: the local cloud serves payload 2.0 with simple responses only")
    sources = settings.get("identitySource") or []
    return Authorizer(
        name=name,
        function=_function(place, settings.get("authorizerUri", ""), functions),
        identity_sources=tuple(sources if isinstance(sources, list) else sources.split(",")),
        ttl=int(settings.get("authorizerResultTtlInSeconds", 300 if sources else 0)),
    )


def _function(place: str, uri: str, functions: Mapping[str, str]) -> str:
    match = _FUNCTION.search(uri)
    if not match or match[1] not in functions:
        raise TemplateError(f"{place}: does not lead to a function of this template")
    return functions[match[1]]


def _cors(settings: Any) -> Cors | None:
    if not settings:
        return None
    if settings is True:
        return Cors(allow_origins=("*",))
    return Cors(
        allow_origins=_names(settings.get("allowOrigins")),
        allow_methods=_names(settings.get("allowMethods")),
        allow_headers=_names(settings.get("allowHeaders")),
        expose_headers=_names(settings.get("exposeHeaders")),
        max_age=int(settings.get("maxAge", 0)),
        allow_credentials=str(settings.get("allowCredentials", False)).lower() == "true",
    )


def _names(value: Any) -> tuple[str, ...]:
    # SAM resolves a reference to a list parameter to the text that the list was given as.
    if isinstance(value, str):
        return tuple(each.strip() for each in value.split(","))
    return tuple(str(each) for each in value or ())


def _throttle(settings: Mapping[str, Any]) -> Throttle | None:
    if "ThrottlingRateLimit" not in settings and "ThrottlingBurstLimit" not in settings:
        return None
    rate = float(settings.get("ThrottlingRateLimit", settings.get("ThrottlingBurstLimit", 0)))
    return Throttle(rate=rate, burst=int(settings.get("ThrottlingBurstLimit", rate)))


def _route_throttles(
    id_: str, settings: Mapping[str, Mapping[str, Any]], routes: Sequence[Route]
) -> dict[str, Throttle]:
    """The routes with limits of their own. API Gateway refuses a stage that names a route which there is not."""
    keys = {route.key for route in routes}
    for key in settings:
        if key not in keys:
            raise TemplateError(f"{id_}: RouteSettings name a route that there is not: {key}")
    throttles = {key: _throttle(each) for key, each in settings.items()}
    return {key: throttle for key, throttle in throttles.items() if throttle}
