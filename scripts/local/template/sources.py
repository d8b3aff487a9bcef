"""What sets functions going: queues, streams, schedules; and the rules that fill the queues."""

import json
from collections.abc import Mapping
from typing import Any

from scripts.local.template.errors import TemplateError
from scripts.local.template.model import QueueSource, Rule, Schedule, StreamSource, Target

_FOR_EVER = -1
_UNSUPPORTED = ("TumblingWindowInSeconds", "SourceAccessConfigurations", "SelfManagedEventSource", "Topics")


def read_mapping(
    id_: str, properties: Mapping[str, Any], functions: Mapping[str, str], queue_urls: Mapping[str, str]
) -> QueueSource | StreamSource | None:
    """An event source mapping; None when it is switched off. `queue_urls`: ARN → URL. Raises TemplateError."""
    if str(properties.get("Enabled", True)).lower() == "false":
        return None
    for name in _UNSUPPORTED:
        if name in properties:
            raise TemplateError(f"{id_}: the local cloud does not know {name}")
    arn = properties["EventSourceArn"]
    function = function_of(id_, properties["FunctionName"], functions)
    service = arn.split(":")[2]
    if service == "sqs":
        return _queue_source(id_, properties, function, arn, queue_urls)
    if service == "dynamodb":
        return _stream_source(id_, properties, function, arn)
    raise TemplateError(f"{id_}: the local cloud reads queues and DynamoDB streams, not {service}")


def function_of(place: str, name: str, functions: Mapping[str, str]) -> str:
    """The logical id of a function given by name, ARN, or either with a qualifier."""
    plain = name.partition(":function:")[2] or name
    try:
        return functions[plain.partition(":")[0]]
    except KeyError:
        raise TemplateError(f"{place}: {name} is not a function of this template") from None


def _queue_source(
    id_: str, properties: Mapping[str, Any], function: str, arn: str, queue_urls: Mapping[str, str]
) -> QueueSource:
    if "FilterCriteria" in properties:
        raise TemplateError(f"{id_}: the local cloud does not filter queues; let the rule's pattern do it")
    if arn not in queue_urls:
        raise TemplateError(f"{id_}: {arn} is not a queue of this template")
    return QueueSource(
        function=function,
        queue_url=queue_urls[arn],
        queue_arn=arn,
        batch_size=int(properties.get("BatchSize", 10)),
        window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
        report_failures=_reports_failures(properties),
        # Lambda starts with five concurrent batches where nothing else is said.
        concurrency=int((properties.get("ScalingConfig") or {}).get("MaximumConcurrency", 5)),
    )


def _stream_source(id_: str, properties: Mapping[str, Any], function: str, arn: str) -> StreamSource:
    destination = ((properties.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if destination and ":s3:::" not in destination:
        raise TemplateError(f"{id_}: the on-failure destination must be a bucket: others get no records, only metadata")
    filters = (properties.get("FilterCriteria") or {}).get("Filters") or []
    return StreamSource(
        function=function,
        stream_arn=arn,
        batch_size=int(properties.get("BatchSize", 100)),
        filters=tuple(json.loads(each["Pattern"]) for each in filters),
        report_failures=_reports_failures(properties),
        bisect=str(properties.get("BisectBatchOnFunctionError", False)).lower() == "true",
        max_record_age=int(properties.get("MaximumRecordAgeInSeconds", _FOR_EVER)),
        max_retries=int(properties.get("MaximumRetryAttempts", _FOR_EVER)),
        on_failure_bucket=destination.rpartition(":::")[2] if destination else None,
    )


def _reports_failures(properties: Mapping[str, Any]) -> bool:
    return "ReportBatchItemFailures" in (properties.get("FunctionResponseTypes") or [])


def read_schedules(id_: str, properties: Mapping[str, Any], functions: Mapping[str, str]) -> list[Schedule]:
    """The schedules of an AWS::Events::Rule with a ScheduleExpression, or of an AWS::Scheduler::Schedule."""
    one = properties.get("Target")
    targets = [one] if one else properties.get("Targets", [])
    return [
        Schedule(
            id=id_ if len(targets) == 1 else f"{id_}{number}",
            expression=properties["ScheduleExpression"],
            function=function_of(id_, target["Arn"], functions),
            input=json.loads(target["Input"]) if "Input" in target else None,
            enabled=_enabled(properties),
        )
        for number, target in enumerate(targets, start=1)
    ]


def read_rule(id_: str, properties: Mapping[str, Any]) -> Rule:
    """A rule with an event pattern. Its targets must be queues: the inbox of each consumer."""
    targets = []
    for target in properties.get("Targets", []):
        if ":sqs:" not in target["Arn"]:
            raise TemplateError(f"{id_}: target {target['Id']} is not a queue; events reach functions through inboxes")
        if "InputTransformer" in target:
            raise TemplateError(f"{id_}: target {target['Id']}: the local cloud does not know InputTransformer")
        targets.append(
            Target(
                id=target["Id"],
                queue_arn=target["Arn"],
                dead_letter_arn=(target.get("DeadLetterConfig") or {}).get("Arn"),
                input=json.loads(target["Input"]) if "Input" in target else None,
                input_path=target.get("InputPath"),
            )
        )
    bus = str(properties.get("EventBusName", "default")).rpartition("/")[2]
    return Rule(id_, bus, properties["EventPattern"], tuple(targets), _enabled(properties))


def _enabled(properties: Mapping[str, Any]) -> bool:
    return bool(properties.get("State", "ENABLED") != "DISABLED")
