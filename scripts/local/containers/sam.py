"""`--api sam`: the public API through `sam local start-api`, in containers, against the same moto and events.

What SAM would get wrong is settled in a template of its own, made from the built one: it holds the public API, its
functions and their layers, with every variable resolved (SAM turns `!If` into "" and `!Ref` of a table into
its logical id). The other APIs are left out: SAM would serve their routes on the public port, open to all.
Known of SAM, and not mended here: the authorizer is asked at each request, nothing is throttled, a preflight is
answered 200 (not 204), what SAM refuses by itself has no CORS headers, and single requests stall for a second.
"""

import json
import os
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.local.children import Child
from scripts.local.containers import refusals
from scripts.local.containers.built import BUILT
from scripts.local.containers.engine import Reach
from scripts.local.runtime.environment import variables
from scripts.local.template.model import Stack
from scripts.local.template.source import read_source

_FUNCTION_PROPERTIES = frozenset({
    "Architectures", "CodeUri", "Environment", "Handler", "Layers", "MemorySize", "Runtime", "Timeout",
})  # fmt: skip
_API_PROPERTIES = frozenset({"Auth", "CorsConfiguration"})
_RESERVED = frozenset({"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"})
_PASSED_ON = _RESERVED | {"AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"}
_SECTIONS = frozenset({"Transform", "Globals", "Conditions", "Resources"})
_LAYER_TYPE = "AWS::Serverless::LayerVersion"
_NO_SNAPSHOTS = {"SnapStart": "off"}  # SAM finds no authorizer behind an alias, and would serve its routes openly
_REFUSALS = "RefusalsLayer"
_READY_WITHIN = 120.0  # seconds
_STOP_WITHIN = 20.0  # seconds; every warm container is removed


def write_template(stack: Stack, api: str, reach: Reach, ports: Sequence[int], built: Path = BUILT) -> Path:
    """Write the template for SAM, and the variables, beside the built one; the template's path.

    `ports` are those of this machine that containers may reach.
    """
    source = read_source(built)
    gate = {authorizer.function for authorizer in stack.apis[api].authorizers.values()}
    served = {route.function for route in stack.apis[api].routes} | gate
    values = {id_: container_variables(stack, id_, reach, ports) for id_ in served}
    resources: dict[str, Any] = {}
    for id_, resource in source["Resources"].items():
        properties = resource.get("Properties") or {}
        if id_ == api:
            resources[id_] = {**resource, "Properties": _only(properties, _API_PROPERTIES)}
        elif resource["Type"] == _LAYER_TYPE:
            resources[id_] = resource
        elif id_ in served:
            resources[id_] = {**resource, "Properties": _function(properties, api)}
    for id_ in gate:
        values[id_][refusals.HANDLER_VARIABLE] = resources[id_]["Properties"]["Handler"]
        _stand_before(resources[id_]["Properties"])
    for id_, own in values.items():
        resources[id_]["Properties"]["Environment"] = {"Variables": own}
    resources[_REFUSALS] = _write_refusals(built.with_name(_REFUSALS))
    path = built.with_name(f"local.{stack.apis[api].port}.json")
    variables_file(path).write_text(json.dumps(values, indent=1))
    return _write({**source, "Resources": resources}, stack, path)


def _function(properties: Mapping[str, Any], api: str) -> dict[str, Any]:
    kept = _only(properties, _FUNCTION_PROPERTIES)
    kept["Events"] = {name: each for name, each in properties.get("Events", {}).items() if _is_of(each, api)}
    return kept


def _stand_before(authorizer: dict[str, Any]) -> None:
    authorizer["Handler"] = f"{Path(refusals.__file__).stem}.handler"
    authorizer["Layers"] = [*authorizer.get("Layers", []), {"Ref": _REFUSALS}]  # added to those of Globals


def _write_refusals(layer: Path) -> dict[str, Any]:
    (layer / "python").mkdir(parents=True, exist_ok=True)
    shutil.copy(refusals.__file__, layer / "python")
    return {"Type": _LAYER_TYPE, "Properties": {"ContentUri": layer.name}}


def variables_file(template: Path) -> Path:
    """Where the variables are for SAM's --env-vars: those of the template give way to this shell's."""
    return template.with_suffix(".variables.json")


def _write(source: Mapping[str, Any], stack: Stack, path: Path) -> Path:
    given = {**stack.parameters, **_NO_SNAPSHOTS}
    parameters = {
        name: {**definition, "Default": given.get(name, definition.get("Default", ""))}
        for name, definition in (source.get("Parameters") or {}).items()
    }
    path.write_text(json.dumps({**_only(source, _SECTIONS), "Parameters": parameters}, indent=1))
    return path


def container_variables(stack: Stack, function: str, reach: Reach, ports: Sequence[int]) -> dict[str, str]:
    """A function's variables, as a container must see them: this machine under another name."""
    known = stack.functions[function]
    own = {name: value for name, value in variables(known, stack, 0).items() if name in _PASSED_ON}
    values = {**known.environment, **own}
    for port in ports:
        values = {name: value.replace(f"127.0.0.1:{port}", f"{reach.name}:{port}") for name, value in values.items()}
    return values


class SamProcess:
    """`sam local start-api` on a port of its own. Raises ChildError."""

    def __init__(self, template: Path, image: str, port: int, output: Path) -> None:
        arguments = [sys.executable, "-m", "samcli", "local", "start-api", "--template", str(template)]
        arguments += ["--host", "127.0.0.1", "--port", str(port), "--warm-containers", "LAZY"]
        arguments += ["--skip-pull-image", "--invoke-image", image, "--env-vars", str(variables_file(template))]
        environment = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
        environment.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
        environment.setdefault("AWS_ACCESS_KEY_ID", "local")
        environment.setdefault("AWS_SECRET_ACCESS_KEY", "local")
        self._port = port
        self._child = Child("sam local start-api", arguments, output, environment=environment)

    @property
    def url(self) -> str:
        """Where it serves the API."""
        return f"http://127.0.0.1:{self._port}"

    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._child.is_running()

    def wait_until_ready(self) -> None:
        """Wait until it listens. Raises ChildError."""
        self._child.wait_until(self._listens, _READY_WITHIN)

    def close(self) -> None:
        """End it, and its containers with it."""
        self._child.close(_STOP_WITHIN)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True


def _only(document: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name in names}


def _is_of(event: Mapping[str, Any], api: str) -> bool:
    properties = event.get("Properties") or {}
    return event.get("Type") == "HttpApi" and properties.get("ApiId") in ({"Ref": api}, api)
