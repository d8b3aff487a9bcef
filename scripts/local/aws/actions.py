"""Which IAM actions a request to AWS needs, on which resources: for the services and operations that the shop calls.

Source: the Service Authorization Reference of each service. An operation that is not known here needs the action
of its own name on everything, so that nothing passes by not being known.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs

from scripts.local.deployment.cloud import ACCOUNT

Need = tuple[str, tuple[str, ...]]  # an action, and the resources of which one has to allow it

_TRANSACTION_PARTS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_OBJECT_ACTIONS = {
    "GET": "GetObject",
    "HEAD": "GetObject",
    "PUT": "PutObject",
    "POST": "PutObject",
    "DELETE": "DeleteObject",
}
_ANYTHING = ("*",)


@dataclass(frozen=True)
class Call:
    """A request as it was signed. `service` and `region` are those of the signature; headers have lower-case names."""

    service: str
    region: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def operation(self) -> str:
        """Of a JSON protocol: `PutItem`. Empty for others."""
        return self.headers.get("x-amz-target", "").rpartition(".")[2]

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in the account and region of the call; what is one already stays as it is."""
        return resource if resource.startswith("arn:") else f"arn:aws:{service}:{self.region}:{ACCOUNT}:{resource}"


def read_needs(call: Call) -> list[Need]:
    """What the caller has to be allowed, all of it."""
    reader = _READERS.get(call.service)
    if reader is None:
        return [(f"{call.service}:{call.operation}", _ANYTHING)]
    return list(reader(call))


def _json(call: Call) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(call.body or b"{}")
    return read


def _dynamodb(call: Call) -> Iterator[Need]:
    request, operation = _json(call), call.operation

    def on(action: str, table: str, index: str | None = None) -> Need:
        arn = call.arn("dynamodb", table if table.startswith("arn:") else f"table/{table}")
        return f"dynamodb:{action}", (f"{arn}/index/{index}" if index else arn,)

    if operation in {"TransactWriteItems", "TransactGetItems"}:
        for item in request["TransactItems"]:
            for kind, part in item.items():
                yield on(_TRANSACTION_PARTS.get(kind, "GetItem"), part["TableName"])
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table in request["RequestItems"]:
            yield on(operation, table)
    elif "TableName" in request:
        yield on(operation, request["TableName"], request.get("IndexName"))
    else:
        yield f"dynamodb:{operation}", _ANYTHING


def _queue(call: Call) -> Iterator[Need]:
    action = call.operation.removesuffix("Batch")
    yield f"sqs:{action}", (call.arn("sqs", _json(call).get("QueueUrl", "*").rpartition("/")[2]),)


def _events(call: Call) -> Iterator[Need]:
    entries = _json(call).get("Entries", []) if call.operation == "PutEvents" else []
    if not entries:
        yield f"events:{call.operation}", _ANYTHING
    for bus in {entry.get("EventBusName", "default") for entry in entries}:
        yield "events:PutEvents", (call.arn("events", bus if bus.startswith("arn:") else f"event-bus/{bus}"),)


def _keys(call: Call) -> Iterator[Need]:
    request, action = _json(call), f"kms:{call.operation}"
    named = [request[name] for name in ("AliasName", "TargetKeyId") if name in request]
    for key in named or [request.get("KeyId", "*")]:
        if key == "*":
            yield action, _ANYTHING
        elif key.startswith("alias/") and call.operation.endswith("Alias"):
            yield action, (call.arn("kms", key),)
        else:
            yield action, (_key_arn(call, key),)


def _key_arn(call: Call, key: str) -> str:
    name = key.rpartition(":")[2] if key.startswith("arn:") else key
    if name.startswith("alias/"):
        from moto.kms.models import kms_backends

        name = kms_backends[ACCOUNT][call.region].get_key_id_from_alias(name) or name
    return call.arn("kms", f"key/{name.removeprefix('key/')}")


def _secrets(call: Call) -> Iterator[Need]:
    yield f"secretsmanager:{call.operation}", (call.arn("secretsmanager", _json(call).get("SecretId", "*")),)


def _objects(call: Call) -> Iterator[Need]:
    bucket, _, key = call.path.lstrip("/").partition("/")
    if found := re.match(r"(?P<bucket>[^.]+)\.s3[.-]", call.headers.get("host", "")):
        bucket, key = found["bucket"], call.path.lstrip("/")
    if key:
        yield f"s3:{_OBJECT_ACTIONS[call.method]}", (f"arn:aws:s3:::{bucket}/{key}",)
    else:
        yield "s3:ListBucket", (f"arn:aws:s3:::{bucket}",)


def _mail(call: Call) -> Iterator[Need]:
    if not call.path.endswith("/outbound-emails"):
        yield f"ses:{call.method}{call.path}", _ANYTHING
        return
    sender = parseaddr(_json(call).get("FromEmailAddress", ""))[1]
    identities = (sender, sender.rpartition("@")[2])
    yield "ses:SendEmail", tuple(call.arn("ses", f"identity/{identity}") for identity in identities)
    if named := _json(call).get("ConfigurationSetName"):
        yield "ses:SendEmail", (call.arn("ses", f"configuration-set/{named}"),)


def _topics(call: Call) -> Iterator[Need]:
    form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
    yield f"sns:{form.get('Action', '')}", (form.get("TopicArn") or form.get("TargetArn") or "*",)


_READERS: dict[str, Callable[[Call], Iterator[Need]]] = {
    "dynamodb": _dynamodb,
    "events": _events,
    "kms": _keys,
    "s3": _objects,
    "secretsmanager": _secrets,
    "ses": _mail,
    "sns": _topics,
    "sqs": _queue,
}
