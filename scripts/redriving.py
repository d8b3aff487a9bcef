"""Sends again what gave up, once its cause is mended (`scripts/redrive`).

Three things hold what would else be lost: a service's dead letters (its consumer failed five times), its
undelivered events (the bus could not reach the inbox) and the bucket of what relays could not publish. Messages go
back into the inbox, records to their relay; each is deleted only when that has been accepted, so that a run that is
cut short, or run twice, sends some of it twice, which every consumer takes.

Credentials and region are the AWS CLI's; `AWS_ENDPOINT_URL` leads elsewhere, such as to a local cloud.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

GIVEN_UP_BY_LAMBDA = "aws/lambda/"  # other keys are the relays' own: <service>/unsendable/<name>.json
AGAIN = "r"  # ends the sequence number of a record that comes again: what is set aside anew has another name

Invoke = Callable[[str, str], Mapping[str, Any]]
"""Calls a function, by name or ARN, with a JSON text. Gives what it answers; raises RelayFailedError."""


class RelayFailedError(Exception):
    """The relay could not be called, or failed."""


@dataclass(frozen=True)
class Stack:
    """Where things are: physical ids by logical ids."""

    resources: Mapping[str, str]

    @property
    def services(self) -> list[str]:
        """Those that publish, as the template writes them: `Orders`."""
        end = "RelayFunction"
        return sorted(id_.removesuffix(end) for id_ in self.resources if id_.endswith(end))


def queues_of(stack: Stack, service: str) -> Iterator[tuple[str, str]]:
    """The service's queues of what gave up: a name to tell, and the URL."""
    for part, name in (("DeadLetters", "dead letters"), ("Undelivered", "undelivered")):
        if service + part in stack.resources:
            yield name, stack.resources[service + part]


def count(sqs: Any, url: str) -> int:
    """About how many messages wait there."""
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def move(sqs: Any, source: str, inbox: str, *, wait_seconds: int = 1) -> int:
    """Moves what waits at `source` into the inbox; how many. One that failed again meanwhile stays."""
    sent: set[str] = set()
    while True:
        answer = sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds)
        fresh = [message for message in answer.get("Messages", []) if message["MessageId"] not in sent]
        if not fresh:
            return len(sent)
        for message in fresh:
            sent.add(sqs.send_message(QueueUrl=inbox, MessageBody=message["Body"])["MessageId"])
            sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])


def failures(s3: Any, bucket: str) -> list[str]:
    """The keys of all that relays gave up or set aside, the oldest first."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    found = [entry for page in pages for entry in page.get("Contents", [])]
    return [entry["Key"] for entry in sorted(found, key=lambda entry: (entry["LastModified"], entry["Key"]))]


def _again(stack: Stack, key: str, held: Mapping[str, Any]) -> tuple[str, str]:
    """Which relay takes it, and the event that it is called with."""
    if key.startswith(GIVEN_UP_BY_LAMBDA):
        return held["requestContext"]["functionArn"], held["payload"]
    service, _, name = key.partition("/unsendable/")
    images = held.get("record") or {
        "SequenceNumber": name.removesuffix(".json"),
        "NewImage": {"outbox": {"S": held["outbox"]}},
    }
    record = {"dynamodb": {**images, "SequenceNumber": images["SequenceNumber"] + AGAIN}}
    return stack.resources[f"{service.capitalize()}RelayFunction"], json.dumps({"Records": [record]})


def replay(stack: Stack, s3: Any, bucket: str, key: str, invoke: Invoke) -> None:
    """Has the relay publish it, and deletes it then. Raises RelayFailedError when it is not taken, and it stays."""
    held = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    function, event = _again(stack, key, held)
    refused = invoke(function, event)["batchItemFailures"]
    if refused:
        raise RelayFailedError("the bus did not take all of it")
    s3.delete_object(Bucket=bucket, Key=key)


def stack_of(session: Session, name: str) -> Stack:
    """Reads the stack's resources."""
    pages = session.create_client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    found = (entry for page in pages for entry in page["StackResourceSummaries"])
    return Stack({entry["LogicalResourceId"]: entry.get("PhysicalResourceId", "") for entry in found})


def _invoker(session: Session) -> Invoke:
    client: Any = session.create_client("lambda")

    def invoke(function: str, event: str) -> Mapping[str, Any]:
        answer = client.invoke(FunctionName=function, Payload=event.encode())
        said: Mapping[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RelayFailedError(said.get("errorMessage", "the relay failed"))
        return said

    return invoke


def redrive(session: Session, stack: Stack, services: Sequence[str], *, only_list: bool) -> int:
    """Does it, a line for each; 0 when nothing is left."""
    sqs, s3, left = session.create_client("sqs"), session.create_client("s3"), 0
    for service in services:
        for name, url in queues_of(stack, service):
            if only_list:
                print(f"{service}: {count(sqs, url)} {name}")
            elif moved := move(sqs, url, stack.resources[f"{service}Inbox"]):
                print(f"{service}: {moved} {name} sent again")
    bucket, invoke = stack.resources["RelayFailuresBucket"], _invoker(session)
    for key in failures(s3, bucket):
        try:
            if not only_list:
                replay(stack, s3, bucket, key, invoke)
            print(f"relays: {key}" if only_list else f"relays: {key} published")
        except (RelayFailedError, ClientError) as error:
            left += 1
            print(f"relays: {key} stays: {error}")
    return 1 if left else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 when something is left, 2 when it could not begin."""
    parser = argparse.ArgumentParser(
        prog="scripts/redrive", description="Send again what consumers and relays gave up, once its cause is mended."
    )
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only the queues of these (default: of all)")
    parser.add_argument("--stack", default="minishop", help="its name (default: minishop)")
    parser.add_argument("--list", action="store_true", help="say what waits, and send nothing")
    options = parser.parse_args(arguments)
    session = Session()
    try:
        stack = stack_of(session, options.stack)
        wanted = [name.capitalize() for name in options.services] or stack.services
        if unknown := sorted(set(wanted) - set(stack.services)):
            parser.error(f"no such service: {', '.join(unknown)}; there are {', '.join(stack.services)}")
        return redrive(session, stack, wanted, only_list=options.list)
    except (BotoCoreError, ClientError) as error:
        print(f"scripts/redrive: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
