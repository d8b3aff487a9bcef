"""Intrinsic functions, one by one."""

from pathlib import Path
from typing import Any

import pytest

from scripts.local.template.intrinsics import Resolver
from scripts.local.template.source import Template

NO_VALUE = {"Ref": "AWS::NoValue"}


@pytest.fixture
def resolver() -> Resolver:
    template = Template(
        path=Path("template.yaml"),
        description="",
        parameters={"Name": "shop", "Zones": ["x", "y"]},
        mappings={"Sizes": {"small": {"memory": 128}}},
        conditions={
            "Shop": {"Fn::Equals": [{"Ref": "Name"}, "shop"]},
            "Prod": {"Fn::Not": [{"Condition": "Shop"}]},
            "Both": {"Fn::And": [{"Condition": "Shop"}, {"Condition": "Prod"}]},
            "Either": {"Fn::Or": [{"Condition": "Shop"}, {"Condition": "Prod"}]},
        },
        resources={},
        outputs={},
        folders={},
    )
    pseudo = {"AWS::Region": "eu-west-1"}
    return Resolver(template, pseudo, lambda id_: f"ref {id_}", lambda id_, name: f"{name} of {id_}")


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("plain", "plain"),
        ({"Ref": "Name"}, "shop"),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "Table"}, "ref Table"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "Arn of Table"),
        ({"Fn::GetAtt": "Cache.Endpoint.Address"}, "Endpoint.Address of Cache"),
        ({"Fn::Sub": "${Name}-${Table}-${Table.Arn}-${!Kept}"}, "shop-ref Table-Arn of Table-${Kept}"),
        ({"Fn::Sub": ["${Own}/${Name}", {"Own": {"Ref": "Table"}}]}, "ref Table/shop"),
        ({"Fn::Sub": [["${Own}", {"Own": "nested"}]]}, "nested"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, "a-shop"),
        ({"Fn::Join": ["-", {"Ref": "Zones"}]}, "x-y"),
        ({"Fn::Select": ["1", {"Ref": "Zones"}]}, "y"),
        ({"Fn::Split": ["-", "a-b"]}, ["a", "b"]),
        ({"Fn::FindInMap": ["Sizes", "small", "memory"]}, 128),
        ({"Fn::Base64": "shop"}, "c2hvcA=="),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"Fn::ToJsonString": {"a": {"Ref": "Name"}}}, '{"a": "shop"}'),
        ({"Fn::If": ["Shop", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Prod", "yes", "no"]}, "no"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
        ({"a": NO_VALUE, "b": ["c", {"Fn::If": ["Prod", "d", NO_VALUE]}]}, {"b": ["c"]}),
        (
            {
                "Condition": {"ArnEquals": {"aws:SourceArn": {"Ref": "Rule"}}}
            },  # a statement, not a condition of the template
            {"Condition": {"ArnEquals": {"aws:SourceArn": "ref Rule"}}},
        ),
    ],
)
def test_a_function_is_resolved(resolver: Resolver, value: Any, resolved: Any) -> None:
    assert resolver.resolve(value) == resolved


@pytest.mark.parametrize("value", [{"Fn::Transform": "x"}, {"Fn::FindInMap": ["Sizes", "large", "memory"]}])
def test_what_cannot_be_resolved_is_an_error(resolver: Resolver, value: Any) -> None:
    with pytest.raises(ValueError, match=r"Fn::Transform|Sizes"):
        resolver.resolve(value)
