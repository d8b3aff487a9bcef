"""Reads Lambda functions: code, layers, environment, and the credentials of their roles."""

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.local.deployment.cloud import Cloud
from scripts.local.template.errors import TemplateError
from scripts.local.template.model import Credentials, Function


def read_function(
    cloud: Cloud,
    id_: str,
    properties: Mapping[str, Any],
    credentials: Credentials,
    code: Path,
    layers: tuple[Path, ...],
    urls: Mapping[str, str],
) -> Function:
    """A function from its resolved properties. `urls`: host name of an API → where it is served here."""
    if properties.get("PackageType", "Zip") != "Zip" or "Handler" not in properties:
        raise TemplateError(f"{id_}: the local cloud runs functions with a Handler and a CodeUri")
    name = cloud.name(id_, properties.get("FunctionName"))[:64]
    given = (properties.get("Environment") or {}).get("Variables") or {}
    return Function(
        id=id_,
        name=name,
        arn=cloud.arn("lambda", f"function:{name}"),
        handler=str(properties["Handler"]),
        code=code,
        layers=layers,
        environment={key: _local_url(_text(id_, key, value), urls) for key, value in given.items()},
        timeout=int(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
        credentials=credentials,
    )


def layer_folders(folders: list[Path]) -> tuple[Path, ...]:
    """The layers that go on the path. One that only lists requirements is not: they are installed already."""
    return tuple(each for each in folders if any(entry.is_dir() or entry.suffix == ".py" for entry in each.iterdir()))


def role_credentials(role_arn: str, policy: tuple[Mapping[str, Any], ...] | None) -> Credentials:
    """Credentials for a role: the same at each deploy, different for each role. Good on this machine alone."""

    def derive(purpose: str, length: int) -> str:
        digest = hashlib.sha512(f"{purpose} {role_arn}".encode()).digest()
        return base64.b32encode(digest).decode()[:length]

    return Credentials(
        access_key="ASIA" + derive("access key", 16),
        secret_key=derive("secret key", 40),
        role_arn=role_arn,
        session_token=derive("session token", 80),
        policy=policy,
    )


def _text(id_: str, key: str, value: Any) -> str:
    if isinstance(value, list | dict):
        raise TemplateError(f"{id_}: variable {key} is not text")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _local_url(value: str, urls: Mapping[str, str]) -> str:
    """Replace the address that an API would have in the cloud by the one it has here."""
    return re.sub(r"https://([^/\s]+)", lambda match: urls.get(match[1], match[0]), value)
