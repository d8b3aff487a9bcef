"""AWS clients: one per service and process, with time limits, made when first needed.

botocore is used directly: boto3's resources are never needed and cost a cold start 70 ms.
Retries happen here and nowhere else: at most two more tries, with botocore's jittered back-off.
"""

import os
import random
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakSet

from botocore.config import Config
from botocore.loaders import Loader
from botocore.model import MapShape
from botocore.parsers import JSONParser, ResponseParser, ResponseParserFactory
from botocore.session import Session, get_session
from snapshot_restore_py import register_after_restore

from minishop.deadline import check_time

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 3
TOTAL_ATTEMPTS = 3
_made: WeakSet[Any] = WeakSet()  # every client that is in use


class _Loader(Loader):
    """botocore's loader of services' models, which takes each folder that has a service's name for a service.

    Its own looks into the folders of all four hundred, and twice for the first client: 10 ms of a cold start.
    """

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  in each folder there are all types
        """Names of services that there may be a model of."""
        folders = [Path(path) for path in self.search_paths]
        return sorted({found.name for folder in folders if folder.is_dir() for found in folder.iterdir()})


class _Parser(JSONParser):
    """botocore's parser of JSON, which takes items of DynamoDB as they come: their JSON is what items are read from.

    Its own asks for each of ten types in each value: half of what reading an order takes. Binary values would stay
    base64; no item has any.
    """

    def _handle_map(self, shape: MapShape, value: dict[str, Any]) -> dict[str, Any]:
        if shape.value.name == "AttributeValue":
            return value
        parsed: dict[str, Any] = super()._handle_map(shape, value)  # type: ignore[misc]  # its types leave it out
        return parsed


class _ParserFactory(ResponseParserFactory):
    """botocore's factory of parsers, with ours."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """Of a service's protocol."""
        return _Parser() if protocol_name == "json" else super().create_parser(protocol_name)


@lru_cache(maxsize=1)
def session() -> Session:
    """The process's botocore session."""
    made = get_session()
    data_path = made.get_config_variable("data_path")
    made.register_component("data_loader", _Loader(extra_search_paths=data_path and data_path.split(os.pathsep)))
    made.register_component("response_parser_factory", _ParserFactory())
    # What is given is sent; botocore's own is put together twice for each request, which is a tenth of its work.
    made.set_default_client_config(Config(user_agent=made.user_agent()))
    return made


@lru_cache(maxsize=16)
def client(service: str, total_attempts: int = TOTAL_ATTEMPTS) -> Any:
    """The process's client of an AWS service, such as `events` or `kms`.

    `total_attempts=1` is for calls that must not be made a second time unasked: what they do is done twice.
    """
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": total_attempts},
        parameter_validation=False,
        signature_version="s3v4" if service == "s3" else None,  # botocore still presigns with the one before
    )
    made = session().create_client(service, config=config)
    adopt(made)
    return made


def adopt(made: Any) -> None:
    """Has a client begin no request when the function is about to be killed, and connect anew after a restore."""
    made.meta.events.register_first("before-send", check_time)
    _made.add(made)


def reconnect() -> None:
    """Renews what a restored function must not share with its snapshot: connections, and the seed of jitter.

    Clients stay as they are. botocore asks for credentials again when those that it has end, by the clock.
    """
    for made in _made:
        made.close()
    random.seed()


register_after_restore(reconnect)
