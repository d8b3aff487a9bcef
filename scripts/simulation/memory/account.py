"""An account's DynamoDB, bus, queues and secrets, answering over the wire's own formats."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from scripts.local.events.patterns import matches
from scripts.local.template.model import Rule, Target
from scripts.simulation.memory.dynamodb import DynamoDB
from scripts.simulation.memory.errors import AwsError, NotFoundError
from scripts.simulation.memory.schema import TableSchema

Send = Callable[[str, str, int], int]  # queue, body, seconds of delay → the message's number
_JSON = {"Content-Type": "application/x-amz-json-1.0"}
Wire = tuple[int, dict[str, str], str]  # status, headers, body


class Account:
    """What is kept in memory of an account. `secrets` are texts by ARN; `send` puts a message into a queue."""

    def __init__(
        self,
        schemas: Iterable[TableSchema],
        rules: Sequence[Rule],
        secrets: Mapping[str, str],
        *,
        account: str,
        region: str,
        now: Callable[[], datetime],
        send: Send,
    ) -> None:
        self.dynamodb = DynamoDB(schemas, region, now)
        self.tally: Counter[str] = Counter()  # events that the bus took, messages that queues were given
        self._rules = [rule for rule in rules if rule.enabled]
        self.secrets = secrets
        self._account, self._region = account, region
        self._now, self._send = now, send
        perform = self.dynamodb.perform
        self._operations: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
            **{("dynamodb", name): partial(perform, name) for name in self.dynamodb.operations},
            ("eventbridge", "PutEvents"): self.put_events,
            ("sqs", "SendMessage"): self._send_message,
            ("secrets-manager", "GetSecretValue"): self._get_secret,
        }

    @property
    def operations(self) -> Collection[tuple[str, str]]:
        """What is answered here: service and operation."""
        return self._operations.keys()

    def perform(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Does one of the operations. Raises AwsError."""
        return self._operations[service, operation](request)

    def answer(self, service: str, operation: str, request: Mapping[str, Any]) -> Wire | None:
        """The answer to a request; None when it is for somebody else."""
        if (service, operation) not in self._operations:
            if service == "dynamodb":
                raise NotImplementedError(f"DynamoDB's {operation}: the tables are here, and nowhere else")
            return None
        try:
            return 200, dict(_JSON), json.dumps(self.perform(service, operation, request))
        except AwsError as error:
            return refusal(error)

    def put_events(self, request: Mapping[str, Any], refused: int | None = None) -> dict[str, Any]:
        """Hands each entry to the queues of the rules that match it; all but the one that is refused."""
        told: list[dict[str, str]] = []
        for number, entry in enumerate(request["Entries"]):
            if number == refused:
                told.append({"ErrorCode": "InternalFailure", "ErrorMessage": "Try again."})
                continue
            try:
                detail = json.loads(entry["Detail"])
            except ValueError:
                told.append({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."})
                continue
            told.append({"EventId": f"event-{number}"})
            self._publish(entry, detail, told[-1]["EventId"])
        failed = sum("ErrorCode" in one for one in told)
        return {"FailedEntryCount": failed, "Entries": told}

    def _publish(self, entry: Mapping[str, Any], detail: Any, event_id: str) -> None:
        self.tally["events"] += 1
        event = {
            "version": "0",
            "id": event_id,
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": self._account,
            "time": self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._region,
            "resources": [],
            "detail": detail,
        }
        for rule in self._rules:
            if rule.bus == entry["EventBusName"] and matches(rule.pattern, event):
                for target in rule.targets:
                    self.tally["messages"] += 1
                    self._send(target.queue_arn.rpartition(":")[2], _body(target, event), 0)

    def _send_message(self, request: Mapping[str, Any]) -> dict[str, Any]:
        queue = request["QueueUrl"].rpartition("/")[2]
        self.tally["messages"] += 1
        number = self._send(queue, request["MessageBody"], int(request.get("DelaySeconds", 0)))
        return {"MessageId": f"message-{number}"}

    def _get_secret(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if request["SecretId"] not in self.secrets:
            raise NotFoundError("Secrets Manager can't find the specified secret.")
        return {"ARN": request["SecretId"], "SecretString": self.secrets[request["SecretId"]]}


def refusal(error: AwsError) -> Wire:
    """The answer that tells of an error."""
    told = {"__type": f"com.amazonaws#{error.code}", "message": str(error), **error.members}
    return 400, {**_JSON, "x-amzn-ErrorType": error.code}, json.dumps(told)


def _body(target: Target, event: Mapping[str, Any]) -> str:
    if target.input is not None:
        return json.dumps(target.input)
    part: Any = event
    for name in (target.input_path or "$").split(".")[1:]:
        part = part.get(name) if isinstance(part, Mapping) else None
    return json.dumps(part)
