"""Reading HTTP APIs: a guard that is not understood never becomes an open route."""

from typing import Any

import pytest

from scripts.local.template.apis import read_api
from scripts.local.template.errors import TemplateError
from scripts.local.template.model import Cors, Throttle

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f"
URI = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


def read(document: dict[str, Any]) -> Any:
    return read_api("Api", "a", 1, document, {}, {"f": "Function"})


def operation(uri: str = URI, **more: Any) -> dict[str, Any]:
    return {"x-amazon-apigateway-integration": {"uri": uri}, **more}


def scheme(**authorizer: Any) -> dict[str, Any]:
    whole = {"type": "request", "authorizerPayloadFormatVersion": "2.0", "enableSimpleResponses": True}
    return {"x-amazon-apigateway-authorizer": whole | {"authorizerUri": URI} | authorizer}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"paths": {"/a": {"get": operation(security=[{"Jwt": []}])}}}, "Api: route GET /a: unknown authorizer Jwt"),
        ({"paths": {"/a": {"get": operation("http://x")}}}, "Api: route GET /a: does not lead to a function"),
        ({"components": {"securitySchemes": {"Jwt": {"type": "oauth2"}}}}, "Api: authorizer Jwt is neither"),
        (
            {"components": {"securitySchemes": {"Gate": scheme(enableSimpleResponses=False)}}},
            "Api: authorizer Gate: the local cloud serves payload 2.0",
        ),
    ],
)
def test_what_is_not_understood_is_refused(document: dict[str, Any], message: str) -> None:
    with pytest.raises(TemplateError) as raised:
        read(document)
    assert str(raised.value).startswith(message)


def test_an_integration_with_an_alias_leads_to_its_function() -> None:
    (route,) = read({"paths": {"/a": {"get": operation(URI.replace(":f/", ":f:live/"))}}}).routes
    assert route.function == "Function"


def test_a_route_for_any_method_says_so() -> None:
    (route,) = read({"paths": {"/a": {"x-amazon-apigateway-any-method": operation()}}}).routes
    assert route.key == "ANY /a"


def test_an_authorizer_without_a_source_is_not_cached() -> None:
    schemes = {"Gate": scheme()}
    assert read({"components": {"securitySchemes": schemes}}).authorizers["Gate"].ttl == 0


def test_a_route_may_have_limits_of_its_own() -> None:
    document = {"paths": {"/a": {"get": operation()}}}
    settings = {"GET /a": {"ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 10}}
    api = read_api("Api", "a", 1, document, {"RouteSettings": settings}, {"f": "Function"})
    assert api.route_throttles == {"GET /a": Throttle(rate=5.0, burst=10)}
    with pytest.raises(TemplateError, match="Api: RouteSettings name a route that there is not: GET /b"):
        read_api("Api", "a", 1, document, {"RouteSettings": {"GET /b": {}}}, {"f": "Function"})


@pytest.mark.parametrize(
    ("settings", "cors"),
    [(None, None), (True, Cors(allow_origins=("*",))), ({"allowOrigins": ["*"]}, Cors(allow_origins=("*",)))],
)
def test_cors_is_read_in_each_of_its_shapes(settings: Any, cors: Cors | None) -> None:
    assert read({"x-amazon-apigateway-cors": settings}).cors == cors
