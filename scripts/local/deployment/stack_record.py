"""Shows the deployed stack through moto's CloudFormation: DescribeStacks, ListStackResources and their kin.

The deploy leaves a record with moto; CloudFormation, which takes moto over a second to import, is loaded
when somebody first asks it.
"""

import http.client
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from scripts.local.deployment.cloud import ACCOUNT

PATH = "/_local/stack"
_TIMEOUT = 10.0  # seconds


def register(endpoint: str, record: Mapping[str, Any]) -> None:
    """Leave the record of a deployed stack with the moto server at `endpoint`. Raises OSError."""
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=_TIMEOUT)
    try:
        connection.request("PUT", PATH, json.dumps(record))
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    if response.status != 204:
        raise OSError(f"{endpoint}{PATH} answered {response.status}")


class StackRecords:
    """A WSGI layer over moto: takes records, and tells CloudFormation of them before it answers for the first time."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._waiting: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Take a record, or pass the request on."""
        if environ.get("PATH_INFO") == PATH and environ.get("REQUEST_METHOD") == "PUT":
            record = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            with self._lock:
                self._waiting.append(record)
            start_response("204 No Content", [("Content-Length", "0")])
            return [b""]
        if "/cloudformation/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
            with self._lock:
                while self._waiting:
                    tell_cloudformation(self._waiting.pop(0))
        return self._app(environ, start_response)


def tell_cloudformation(record: Mapping[str, Any]) -> None:
    """Put the recorded stack into moto's CloudFormation, in this process, in place of one of the same name."""
    from moto.cloudformation.models import Stack, cloudformation_backends

    backend = cloudformation_backends[ACCOUNT][record["region"]]
    for stack_id in [id_ for id_, stack in backend.stacks.items() if stack.name == record["name"]]:
        del backend.stacks[stack_id]
    # moto must not create the resources again: it gets a template without any, and is told what is there.
    template = {
        "Description": record["description"],
        "Parameters": {name: {"Type": "String", "Default": value} for name, value in record["parameters"].items()},
        "Resources": {},
        "Outputs": {
            name: {"Value": each["value"], "Description": each["description"]}
            for name, each in record["outputs"].items()
        },
    }
    stack: Stack = backend.create_stack(record["name"], json.dumps(template), parameters={})
    for each in record["resources"]:
        resource = SimpleNamespace(
            logical_resource_id=each["id"],
            physical_resource_id=each["physical_id"],
            cf_resource_type=each["type"],
            is_created=lambda: True,
        )
        stack.resource_map._resource_json_map[each["id"]] = {"Type": each["type"]}  # noqa: SLF001
        stack.resource_map._parsed_resources[each["id"]] = resource  # noqa: SLF001
