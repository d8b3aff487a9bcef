"""What the creators of resources share: clients, names, and what a created resource is to the rest."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ACCOUNT = "123456789012"  # moto's own


@dataclass(frozen=True)
class Created:
    """A resource that is there: what `Ref` gives, and what `GetAtt` gives by name."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cloud:
    """Where a stack is deployed. `client(service)` gives a botocore client of moto."""

    stack: str
    region: str
    account: str
    client: Callable[[str], Any]

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in this stack's region and account."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def name(self, id_: str, given: Any = None) -> str:
        """The given name, or one made of stack and logical id: the same at each start, so that logs compare."""
        return str(given) if given else f"{self.stack}-{id_}"

    def opaque_id(self, id_: str, length: int) -> str:
        """Lower-case letters and digits, as API Gateway's ids are; the same at each start."""
        return hashlib.sha256(f"{self.stack}/{id_}".encode()).hexdigest()[:length]


Creator = Callable[[Cloud, str, Mapping[str, Any]], Created]


@dataclass(frozen=True)
class Kind:
    """A resource type that the local cloud deploys.

    `honoured` are the properties that take effect; `ignored` those that mean nothing on one machine.
    Any other is an error: what a template says must not be dropped in silence.
    """

    create: Creator
    honoured: frozenset[str]
    ignored: frozenset[str] = frozenset()
