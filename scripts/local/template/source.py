"""Reads a SAM template: YAML with CloudFormation's short tags, translated to plain CloudFormation.

`load(path, parameters, region)` is all that callers need. Whatever is wrong with a template is one
`TemplateError` whose single line names the file and line, or the resource.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts.local.template.errors import TemplateError
from scripts.local.template.parameters import parameter_values
from scripts.local.template.translation import translate

__all__ = ["Template", "TemplateError", "load", "read_source"]

STAND_IN_BUCKET = "code"  # SAM wants code in S3; the key of each stand-in is the logical id that owns the folder
_MEMORY = Path(".minishop", "translated")
_FOLDER_PROPERTIES = ("CodeUri", "ContentUri")


@dataclass(frozen=True)
class Template:
    """A translated template: CloudFormation resources, intrinsics not yet resolved."""

    path: Path
    description: str
    parameters: Mapping[str, str | list[str]]  # every parameter's value, as `Ref` gives it
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    resources: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Mapping[str, Any]]
    folders: Mapping[str, Path]  # S3 key of a stand-in → the folder it stands for


def load(path: Path, parameters: Mapping[str, str], region: str) -> Template:
    """Read and translate the template at `path`; `parameters` override its defaults. Raises TemplateError."""
    source = read_source(path)
    values = parameter_values(source.get("Parameters") or {}, parameters)
    folders = _put_stand_ins(source, path.parent)
    translated = translate(source, values, region, path.parent / _MEMORY)
    template = Template(
        path=path,
        description=" ".join(str(source.get("Description", "")).split()),
        parameters=values,
        mappings=translated.get("Mappings") or {},
        conditions=translated.get("Conditions") or {},
        resources=translated["Resources"],
        outputs=translated.get("Outputs") or {},
        folders=folders,
    )
    _check_references(template)
    return template


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as CloudFormation reads it: short tags, dates are strings, no key twice."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _construct_mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{key} is there twice", key_node.start_mark)
        seen.add(key)
    return dict(loader.construct_pairs(node, deep=True))


def _construct_short_tag(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
_Loader.add_multi_constructor("!", _construct_short_tag)


def read_source(path: Path) -> dict[str, Any]:
    """The template as written, short tags as objects. Raises TemplateError."""
    try:
        source = yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise TemplateError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise TemplateError(f"{path.name}{line}: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(source, dict) or not isinstance(source.get("Resources"), dict) or not source["Resources"]:
        raise TemplateError(f"{path.name}: no Resources")
    for id_, resource in source["Resources"].items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise TemplateError(f"{id_}: a resource is an object with a Type")
    return source


def _put_stand_ins(source: dict[str, Any], root: Path) -> dict[str, Path]:
    """Replace folders by S3 objects, in place: SAM translates a template whose code is already packaged."""
    owners = {f"Globals.{kind}": each for kind, each in (source.get("Globals") or {}).items()}
    owners |= {id_: resource.get("Properties") for id_, resource in source["Resources"].items()}
    folders: dict[str, Path] = {}
    for owner, properties in owners.items():
        for name in _FOLDER_PROPERTIES:
            if not isinstance(properties, dict) or not isinstance(properties.get(name), str):
                continue
            folder = (root / properties[name]).resolve()
            if not folder.is_dir():
                raise TemplateError(f"{owner}: {name} {properties[name]} is not a folder")
            folders[owner] = folder
            properties[name] = {"Bucket": STAND_IN_BUCKET, "Key": owner}
    return folders


def _check_references(template: Template) -> None:
    known = template.resources.keys() | template.parameters.keys()
    places = [(id_, resource) for id_, resource in template.resources.items()]
    places += [(f"output {id_}", output) for id_, output in template.outputs.items()]
    for id_, place in places:
        for name in _references(place):
            if name not in known and not name.startswith("AWS::"):
                raise TemplateError(f"{id_}: refers to {name}, which is neither a resource nor a parameter")
        for name in _conditions(place):
            if name not in template.conditions:
                raise TemplateError(f"{id_}: there is no condition {name}")
        depends_on = place.get("DependsOn") or []
        for name in [depends_on] if isinstance(depends_on, str) else depends_on:
            if name not in template.resources:
                raise TemplateError(f"{id_}: depends on {name}, which is not a resource")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for member in value:
            yield from _references(member)
    elif isinstance(value, Mapping):
        for key, member in value.items():
            if key == "Ref" and isinstance(member, str):
                yield member
            elif key == "Fn::GetAtt":
                yield member.split(".")[0] if isinstance(member, str) else member[0]
            elif key == "Fn::Sub":
                yield from _sub_references(member)
            else:
                yield from _references(member)


def _sub_references(value: Any) -> Iterator[str]:
    text, own = value if isinstance(value, list) and len(value) == 2 else (value, {})
    text = text[0] if isinstance(text, list) else text
    yield from _references(own)
    for name in re.findall(r"\$\{([^!{}][^{}]*)\}", text):
        if name not in own:
            yield name.split(".")[0].strip()


def _conditions(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for member in value:
            yield from _conditions(member)
    elif isinstance(value, Mapping):
        if isinstance(value.get("Condition"), str) and "Type" in value:
            yield value["Condition"]
        for key, member in value.items():
            if key == "Fn::If":
                yield member[0]
            yield from _conditions(member)
