"""One template on its way into moto: a resource is created when something first refers to it."""

from collections.abc import Callable, Mapping
from typing import Any

from scripts.local.deployment.cloud import Cloud, Created
from scripts.local.deployment.resources import KINDS
from scripts.local.deployment.stand_ins import LEFT_OUT, RUN_HERE
from scripts.local.deployment.tables import TABLE
from scripts.local.template.errors import TemplateError
from scripts.local.template.intrinsics import Resolver
from scripts.local.template.source import Template

_CREATED_IN_MOTO = {**KINDS, "AWS::DynamoDB::Table": TABLE}


class Deployment:
    """One template on its way into moto. A resource is created when something first refers to it."""

    def __init__(self, template: Template, cloud: Cloud) -> None:
        self.template = template
        self.cloud = cloud
        self._created: dict[str, Created] = {}
        self._properties: dict[str, Mapping[str, Any]] = {}
        self._under_way: list[str] = []
        pseudo = {
            "AWS::AccountId": cloud.account,
            "AWS::Partition": "aws",
            "AWS::Region": cloud.region,
            "AWS::StackId": cloud.arn("cloudformation", f"stack/{cloud.stack}/{cloud.opaque_id('stack', 32)}"),
            "AWS::StackName": cloud.stack,
            "AWS::URLSuffix": "amazonaws.com",
        }
        self._resolver = Resolver(template, pseudo, lambda id_: self.get(id_).ref, self.attribute)

    def create(self, types: Callable[[str], bool] = lambda _: True) -> None:
        """Create every resource whose condition holds and whose type passes, with all that it refers to."""
        for id_, resource in self.template.resources.items():
            if self.is_deployed(id_) and types(resource["Type"]) and resource["Type"] not in LEFT_OUT:
                self.get(id_)

    def physical_ids(self) -> dict[str, str]:
        """What `Ref` gives, by logical id, of the resources created so far."""
        return {id_: created.ref for id_, created in self._created.items()}

    def parameters(self) -> dict[str, str]:
        """Every parameter's value as it would be given; a list's members with commas between."""
        given = self.template.parameters.items()
        return {name: ",".join(value) if isinstance(value, list) else value for name, value in given}

    def record(self) -> dict[str, Any]:
        """The stack as CloudFormation would describe it."""
        outputs = {id_: each for id_, each in self.template.outputs.items() if self._resolver.holds(each)}
        resources = self.template.resources
        return {
            "name": self.cloud.stack,
            "region": self.cloud.region,
            "description": self.template.description,
            "parameters": self.parameters(),
            "outputs": {
                id_: {"value": str(self._resolve(id_, each["Value"])), "description": each.get("Description", "")}
                for id_, each in outputs.items()
            },
            "resources": [
                {"id": id_, "type": resources[id_]["Type"], "physical_id": created.ref}
                for id_, created in sorted(self._created.items())
            ],
        }

    def of_type(self, type_: str) -> list[str]:
        """Logical ids of the deployed resources of a type."""
        resources = self.template.resources.items()
        return [id_ for id_, resource in resources if resource["Type"] == type_ and self.is_deployed(id_)]

    def is_deployed(self, id_: str) -> bool:
        """Whether the resource is there: it has no condition, or one that holds."""
        return self._resolver.holds(self.template.resources[id_])

    def properties_of(self, id_: str) -> Mapping[str, Any]:
        """A resource's properties, resolved; what they refer to is created. Raises TemplateError."""
        if id_ not in self._properties:
            self._properties[id_] = self._resolve(id_, self.template.resources[id_].get("Properties") or {})
        return self._properties[id_]

    def _resolve(self, id_: str, value: Any) -> Any:
        try:
            return self._resolver.resolve(value)
        except ValueError as error:
            raise TemplateError(f"{id_}: {error}") from error
        except (LookupError, TypeError, AttributeError) as error:
            raise TemplateError(f"{id_}: an intrinsic function is malformed: {error!r}") from error

    def get(self, id_: str) -> Created:
        """A resource, created when it is not there yet. Raises TemplateError."""
        if id_ in self._created:
            return self._created[id_]
        if id_ in self._under_way:
            raise TemplateError(f"{id_}: refers to itself by way of {' → '.join(self._under_way)}")
        if not self.is_deployed(id_):
            raise TemplateError(f"{id_}: is referred to, but its condition does not hold")
        self._under_way.append(id_)
        try:
            self._created[id_] = self._create(id_)
        finally:
            self._under_way.pop()
        return self._created[id_]

    def _create(self, id_: str) -> Created:
        type_ = self.template.resources[id_]["Type"]
        if type_ in LEFT_OUT:
            return Created(self.cloud.name(id_))
        if type_ in RUN_HERE:
            # Only what names it is resolved: an API's document refers to functions which refer to the API.
            names = ("FunctionName", "LayerName", "Name", "StageName")
            properties = self.template.resources[id_].get("Properties") or {}
            given = {name: self._resolve(id_, properties[name]) for name in names if name in properties}
            return RUN_HERE[type_](self.cloud, id_, given)
        kind = _CREATED_IN_MOTO.get(type_)
        if kind is None:
            raise TemplateError(
                f"{id_}: the local cloud does not know {type_}; see scripts/local/deployment/stand_ins.py"
            )
        properties = self.properties_of(id_)
        for name in properties.keys() - kind.honoured - kind.ignored:
            raise TemplateError(f"{id_}: the local cloud does not know {type_}.{name}")
        return self._create_in_moto(id_, kind.create, properties)

    def _create_in_moto(self, id_: str, create: Callable[..., Created], properties: Mapping[str, Any]) -> Created:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return create(self.cloud, id_, properties)
        except (BotoCoreError, ClientError, LookupError, TypeError, ValueError) as error:
            message = " ".join(str(error).split())
            raise TemplateError(f"{id_}: {self.template.resources[id_]['Type']}: {message}") from error

    def attribute(self, id_: str, name: str) -> str:
        """What GetAtt gives. Raises TemplateError."""
        attributes = self.get(id_).attributes
        if name in attributes:
            return attributes[name]
        type_ = self.template.resources[id_]["Type"]
        reason = LEFT_OUT.get(type_, "no such attribute")
        raise TemplateError(f"{id_}.{name}: {type_} has none in the local cloud: {reason}")
