"""The template's routes are those that the code declares, with the same idea of who may call."""

import re

import pytest

from minishop.http import Api, Route
from tests.contract.template import Function, TemplateRoute, functions, resources, routes, statements

HTTP_DOORS = [function for function in functions() if function.door in {"api", "internal"}]
ROUTES = list(routes())


def declared(function: Function) -> dict[str, Route]:
    api: Api = function.module().api
    return dict(api.routes)


@pytest.mark.parametrize("function", HTTP_DOORS, ids=lambda function: function.id)
def test_a_function_has_exactly_the_routes_that_its_door_declares(function: Function) -> None:
    assert {route.key for route in ROUTES if route.function == function} == set(declared(function))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.api} {route.key}")
def test_open_in_the_template_is_open_in_the_code_and_nowhere_else(route: TemplateRoute) -> None:
    there = declared(route.function)[route.key]
    if route.api == "PublicApi":
        assert there.callers == frozenset()
        assert route.open == (there.who is None)
    elif route.api == "InternalApi":
        assert there.callers
        assert not route.open


@pytest.mark.parametrize("api", ["PublicApi", "InternalApi"])
def test_a_route_with_limits_of_its_own_is_a_route_and_gets_less_than_others(api: str) -> None:
    properties = resources()[api]["Properties"]
    keys = {route.key for route in ROUTES if route.api == api}
    usual = properties["DefaultRouteSettings"]
    for key, settings in properties.get("RouteSettings", {}).items():
        assert key in keys
        assert settings["ThrottlingRateLimit"] < usual["ThrottlingRateLimit"]
        assert settings["ThrottlingBurstLimit"] < usual["ThrottlingBurstLimit"]


def test_no_path_is_taken_twice() -> None:
    keys = [(route.api, route.key) for route in ROUTES]
    assert len(keys) == len(set(keys))


def _may_invoke(function: Function, method: str, path: str) -> bool:
    for statement in statements(function):
        if "execute-api:Invoke" not in statement["Action"]:
            continue
        for resource in statement["Resource"]:
            pattern = re.escape(resource["Fn::Sub"].rpartition("${InternalApi}/*/")[2]).replace(r"\*", "[^/]*(/.*)?")
            if re.fullmatch(pattern, f"{method}{path}"):
                return True
    return False


INTERNAL = [route for route in ROUTES if route.api == "InternalApi"]


@pytest.mark.parametrize("route", INTERNAL, ids=lambda route: route.key)
def test_the_roles_that_may_sign_an_internal_call_are_the_callers_that_the_code_names(route: TemplateRoute) -> None:
    method, _, path = route.key.partition(" ")
    example = re.sub(r"{\w+}", "x", path)
    signers = {function.caller for function in functions() if _may_invoke(function, method, example)}
    assert signers == declared(route.function)[route.key].callers


def test_no_function_both_serves_and_calls_the_internal_api() -> None:
    serving = {route.function.id for route in INTERNAL}
    calling = {function.id for function in functions() if "INTERNAL_URL" in function.environment}
    assert calling
    assert not serving & calling
