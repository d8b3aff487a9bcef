"""Versions of the functions that may start from snapshots: published when anything of them changes, never in vain."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.local.template.source import read_source
from scripts.local.template.translation import translate
from tests.contract.template import ROOT, Function, functions, routes

REGION = "eu-central-1"
LONGEST = 256  # characters that Lambda takes as a version's description
PHYSICAL_ID = 64  # of a distribution or a cache, generously
SOURCE = read_source(ROOT / "template.yaml")
LAYERS = ("DependenciesLayer", "MinishopLayer")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def starts_from_snapshots(function: Function) -> bool:
    return function.door == "authorizer" or (function.door == "api" and function.service != "sandbox")


PUBLISHED = [function for function in functions() if starts_from_snapshots(function)]
by_id = pytest.mark.parametrize("function", PUBLISHED, ids=lambda function: function.id)


def properties(function: Function) -> dict[str, Any]:
    found: dict[str, Any] = SOURCE["Resources"][function.id]["Properties"]
    return found


def parameters_in(value: Any) -> Iterator[str]:
    """The parameters that a value follows from, those of its conditions included."""
    match value:
        case {"Ref": str(name)} | {"Condition": str(name)}:
            yield name
        case {"Fn::Sub": text}:
            yield from _VARIABLE.findall(text if isinstance(text, str) else text[0])
            yield from () if isinstance(text, str) else parameters_in(text[1])
        case {"Fn::If": [condition, *branches]}:
            yield from parameters_in(SOURCE["Conditions"][condition])
            yield from parameters_in(branches)
        case dict():
            for part in value.values():
                yield from parameters_in(part)
        case list():
            for part in value:
                yield from parameters_in(part)


def length(value: Any) -> int:
    """The most characters that a description's value can have."""
    match value:
        case {"Fn::If": [_, *branches]}:
            return max(map(length, branches))
        case {"Ref": name} if name in SOURCE["Parameters"]:
            parameter = SOURCE["Parameters"][name]
            known = [*map(str, parameter.get("AllowedValues", ())), str(parameter.get("MaxValue", ""))]
            letters = re.fullmatch(r"\[A-Z\]\{(\d+)\}", parameter.get("AllowedPattern", ""))
            return int(parameter.get("MaxLength", letters[1] if letters else max(map(len, known))))
        case {"Ref": _}:
            return PHYSICAL_ID
        case {"Fn::Sub": text}:
            written, named = (text, {}) if isinstance(text, str) else text
            values = [named.get(name, {"Ref": name}) for name in _VARIABLE.findall(written)]
            return len(_VARIABLE.sub("", written)) + sum(map(length, values))
    raise AssertionError(value)


@by_id
def test_a_function_of_the_public_api_starts_from_a_snapshot_where_the_parameter_says_so(function: Function) -> None:
    given = properties(function)
    assert given["SnapStart"] == {"ApplyOn": {"Fn::If": ["Snapshots", "PublishedVersions", "None"]}}
    assert given["AutoPublishAlias"] == "live"
    assert given["VersionDeletionPolicy"] == "Delete"  # each version's snapshot is billed for as long as it is there


def test_no_other_function_does() -> None:
    others = [properties(function) for function in functions() if not starts_from_snapshots(function)]
    assert others
    assert not any({"SnapStart", "AutoPublishAlias"} & given.keys() for given in others)


@by_id
def test_a_version_s_description_says_every_parameter_that_the_function_follows_from(function: Function) -> None:
    left_out = {"Events", "VersionDescription"}
    own = {name: value for name, value in properties(function).items() if name not in left_out}
    shaping = {*parameters_in(own), *parameters_in(SOURCE["Globals"]["Function"])} & SOURCE["Parameters"].keys()
    assert shaping >= {"LogLevel", "Architecture", "SnapStart"}
    # Equal, not more: a version of a function that has not changed is refused.
    assert {*parameters_in(properties(function)["VersionDescription"])} & SOURCE["Parameters"].keys() == shaping


@by_id
def test_a_version_s_description_is_never_longer_than_lambda_takes(function: Function) -> None:
    assert length(properties(function)["VersionDescription"]) <= LONGEST


def test_what_is_changed_is_published_and_nothing_else(tmp_path: Path) -> None:
    def version(*, layer: str = "one", code: str = "one", memory: int = 512) -> str:
        orders = {**properties(PUBLISHED[-1]), "CodeUri": f"s3://code/{code}", "MemorySize": memory}
        kept = {name: {"Type": "AWS::Serverless::Function", "Properties": orders} for name in ("Door",)}
        for name in LAYERS:
            given = {**SOURCE["Resources"][name]["Properties"], "ContentUri": f"s3://code/{layer}"}
            kept[name] = {"Type": "AWS::Serverless::LayerVersion", "Properties": given}
        orders.pop("Events")
        sections = {name: SOURCE[name] for name in ("Transform", "Parameters", "Conditions", "Globals")}
        values = {name: str(one.get("Default", "")) for name, one in SOURCE["Parameters"].items()}
        translated = translate({**sections, "Resources": kept}, values, REGION, tmp_path)
        (found,) = (name for name, one in translated["Resources"].items() if one["Type"] == "AWS::Lambda::Version")
        return str(found)

    assert version() == version()
    assert len({version(), version(layer="two"), version(code="two"), version(memory=1024)}) == 4


def test_the_gate_asks_the_version_that_starts_from_a_snapshot() -> None:
    auth = SOURCE["Resources"]["PublicApi"]["Properties"]["Auth"]["Authorizers"]["Gate"]["FunctionArn"]
    published, newest = {"Ref": "AuthAuthorizerFunction.Alias"}, {"Fn::GetAtt": ["AuthAuthorizerFunction", "Arn"]}
    assert auth == {"Fn::If": ["Snapshots", published, newest]}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_sam_local_asks_the_authorizer_for_every_route_that_is_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    # Behind an alias it finds none, and serves the routes openly.
    from samcli.lib.providers.api_provider import ApiProvider
    from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    stacks, _ = SamLocalStackProvider.get_stacks(str(ROOT / "template.yaml"))
    served = {
        (route.path, method): route.authorizer_object
        for route in ApiProvider(stacks, cwd=str(ROOT)).api.routes
        for method in route.methods
    }
    guarded = [route for route in routes() if route.api == "PublicApi" and not route.open]
    assert len(guarded) > 50
    for route in guarded:
        method, _, path = route.key.partition(" ")
        assert served[path, method].lambda_name == "AuthAuthorizerFunction", route.key
