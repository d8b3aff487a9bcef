"""A template's resources for integration tests, in process under `moto.mock_aws`, without a server.

    with mock_aws():
        world = create_world(Path("template.yaml"))
        os.environ.update(world.environment("OrdersApiFunction"))
        ...
        world.wipe()

What a test's function finds in its environment is thus what the template gives it, and nothing else.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.local.aws.clients import clients
from scripts.local.aws.mends import mend
from scripts.local.deployment.cloud import ACCOUNT, Cloud
from scripts.local.deployment.deploy import REGION, STACK, read_functions, read_stack
from scripts.local.deployment.stack import Deployment
from scripts.local.template.model import Stack
from scripts.local.template.source import load

_MADE = {
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SES::ConfigurationSet",
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SES::EmailIdentity",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
}


class World:
    """The resources that tests use, created, and the environments of the functions that use them."""

    def __init__(self, deployment: Deployment, api_ports: Mapping[str, int]) -> None:
        self._deployment = deployment
        self._api_ports = api_ports
        self._functions = read_functions(deployment, api_ports)

    @property
    def tables(self) -> dict[str, str]:
        """Table names by logical id."""
        return {id_: self.physical_id(id_) for id_ in self._deployment.of_type("AWS::DynamoDB::Table")}

    def physical_id(self, id_: str) -> str:
        """What `Ref` of the resource gives: a queue's URL, a table's name, a secret's ARN."""
        return self._deployment.get(id_).ref

    def environment(self, function_id: str) -> dict[str, str]:
        """A function's variables, with the region and its role's credentials, as `os.environ` would hold them."""
        function = self._functions[function_id]
        region = self._deployment.cloud.region
        return {
            "AWS_ACCESS_KEY_ID": function.credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": function.credentials.secret_key,
            "AWS_SESSION_TOKEN": function.credentials.session_token,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            **function.environment,
        }

    @property
    def stack(self) -> Stack:
        """All that sets functions going: APIs, queues, streams and schedules. What they refer to is created."""
        return read_stack(self._deployment, "", self._api_ports)

    def wipe(self) -> None:
        """Empty tables, their streams, queues, buckets and the mailboxes; keep keys and secrets, dear to make."""
        for name in self.tables.values():
            table = _backend("dynamodb", self._deployment.cloud.region).tables[name]
            table.items.clear()
            if table.stream_shard is not None:
                table.stream_shard.items.clear()
        for queue in _backend("sqs", self._deployment.cloud.region).queues.values():
            queue._messages.clear()  # noqa: SLF001
            queue._pending_messages.clear()  # noqa: SLF001
        for bucket in _backend("s3", "aws").buckets.values():
            bucket.keys.clear()
        for service in ("ses", "sns"):
            sent = _backend(service, self._deployment.cloud.region)
            getattr(sent, "sent_messages" if service == "ses" else "sms_messages").clear()


def create_world(
    template: Path, *, parameters: Mapping[str, str] | None = None, region: str = REGION, stack_name: str = STACK
) -> World:
    """Create the template's tables, queues, keys, secrets, buckets, bus and rules. Mends moto for good.

    APIs get ports that nobody listens on, each its own: a call that a test does not expect is refused at once.
    Raises TemplateError.
    """
    mend()
    read = load(template, parameters or {}, region)
    deployment = Deployment(read, Cloud(stack_name, region, ACCOUNT, clients(None, region)))
    deployment.create(_MADE.__contains__)
    apis = deployment.of_type("AWS::ApiGatewayV2::Api")
    return World(deployment, {api: number for number, api in enumerate(sorted(apis), start=1)})


def create_tables(template: Path, region: str = REGION) -> dict[str, str]:
    """Create the template's resources; the names of its tables by logical id. Raises TemplateError."""
    return create_world(template, region=region).tables


def _backend(service: str, region: str) -> Any:
    from moto.backends import get_backend

    backends: Any = get_backend(service)  # type: ignore[call-overload]
    return backends[ACCOUNT][region]
