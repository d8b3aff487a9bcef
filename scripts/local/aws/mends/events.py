"""EventBridge rules: what matches, what a queue gets, and that one bad target fails nobody else."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from scripts.local.aws.mends.patches import Patches
from scripts.local.events.patterns import matches


def mend_events(patches: Patches) -> None:
    """Replace how a rule sends events to its targets.

    moto leaves out `account`, ignores `Input` and `InputPath`, matches no arrays of objects, delivers for disabled
    and for scheduled rules, and fails the whole PutEvents for a target that it does not know or cannot reach.
    """
    patches.replace(Rule, "send_to_targets", _send_to_targets)


def _send_to_targets(rule: Rule, original_event: Mapping[str, Any], transform_input: bool = True) -> None:  # noqa: ARG001, FBT001, FBT002
    pattern = rule.event_pattern.get_pattern()
    if rule.state != "ENABLED" or not pattern:
        return
    event = _envelope(original_event)
    if not matches(pattern, event):
        return
    for target in rule.targets:
        # The shop's rules lead to queues alone; the deploy refuses others.
        if parse_arn(target["Arn"]).service == "sqs":
            _send(rule, target, _body(target, event))


def _envelope(event: Mapping[str, Any]) -> dict[str, Any]:
    time = event["time"]
    if not isinstance(time, str):
        time = datetime.fromtimestamp(float(time), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
    return {name: event[name] for name in names} | {"time": time}


def _body(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    if "Input" in target:
        return str(target["Input"])
    part: Any = event
    for name in target.get("InputPath", "$").split(".")[1:]:
        part = part.get(name) if isinstance(part, Mapping) else None
    return json.dumps(part)


def _send(rule: Rule, target: Mapping[str, Any], body: str) -> None:
    arn = parse_arn(target["Arn"])
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    queues = sqs_backends[arn.account][arn.region]
    if arn.resource_id in queues.queues:
        queues.send_message(arn.resource_id, body, group_id=group)
        return
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if dead_letters:
        reason = {"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"], "ERROR_CODE": "NO_RESOURCE"}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in reason.items()}
        where = parse_arn(dead_letters)
        dead_queues = sqs_backends[where.account][where.region]
        dead_queues.send_message(where.resource_id, body, message_attributes=attributes)
