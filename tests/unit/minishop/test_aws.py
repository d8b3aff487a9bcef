"""AWS clients, and where their models come from."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import UnknownServiceError

from minishop import aws, dynamodb


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    for kept in (aws.session, aws.client):
        kept.cache_clear()
    yield
    for kept in (aws.session, aws.client):
        kept.cache_clear()


def test_a_client_is_made_once_for_each_service() -> None:
    assert aws.client("sqs") is aws.client("sqs")
    assert aws.client("sqs").meta.service_model.api_version


def test_no_other_service_s_folder_is_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    list_folder = Path.iterdir

    def look(path: Path) -> Iterator[Path]:
        looked.append(path.name)
        return list_folder(path)

    monkeypatch.setattr(Path, "iterdir", look)
    monkeypatch.setattr(
        "botocore.loaders.Loader.list_available_services", lambda *_: pytest.fail("botocore looks into all of them")
    )
    aws.client("sqs")
    assert set(looked) == {"data"}


@pytest.mark.parametrize("make", [lambda: aws.client("dynamodb"), lambda: dynamodb.connection().client])
def test_every_client_says_who_it_is_in_one_sentence_made_once(
    make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    dynamodb.reset_connections()
    client, said = make(), list[bytes]()

    def hear(request: Any, **_: object) -> AWSResponse:
        said.append(request.headers["User-Agent"])
        return AWSResponse("https://dynamodb", 200, HTTPHeaders(), _Raw(b"{}"))

    client.meta.events.register("before-send", hear)
    monkeypatch.setattr("botocore.useragent.modify_components", lambda _: pytest.fail("put together again"))
    client.get_item(TableName="orders", Key={"pk": {"S": "1"}})
    assert [one.startswith(aws.session().user_agent().encode()) for one in said] == [True]
    assert said[0].startswith(b"Botocore/")
    dynamodb.reset_connections()


def test_a_service_that_there_is_not_is_refused_as_ever() -> None:
    with pytest.raises(UnknownServiceError):
        aws.client("nothing-like-it")


def test_models_are_also_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = '{"metadata": {"protocol": "json", "serviceId": "Own", "endpointPrefix": "own", "signatureVersion": "v4"}}'
    (tmp_path / "own" / "2026-11-22").mkdir(parents=True)
    (tmp_path / "own" / "2026-11-22" / "service-2.json").write_text(model, "utf-8")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    loader = aws.session().get_component("data_loader")
    assert loader.load_service_model("own", "service-2")["metadata"]["serviceId"] == "Own"
    assert loader.load_service_model("sqs", "service-2")["metadata"]["serviceId"] == "SQS"


def test_items_share_the_process_s_session() -> None:
    dynamodb.reset_connections()
    assert dynamodb.connection().session is aws.session()
    dynamodb.reset_connections()


def answer(table: str, body: str) -> object:
    """What a client of DynamoDB makes of an answer to GetItem, and one of botocore's own makes of it."""
    found: list[dict[str, Any]] = []
    aws.client.cache_clear()
    clients: list[Any] = [aws.client("dynamodb"), botocore.session.get_session().create_client("dynamodb")]
    for client in clients:
        response = AWSResponse("https://dynamodb", 200, HTTPHeaders(), _Raw(body.encode()))
        client.meta.events.register("before-send", lambda response=response, **_: response)
        told = client.get_item(TableName=table, Key={"pk": {"S": "1"}})
        found.append({name: value for name, value in told.items() if name != "ResponseMetadata"})
    ours, theirs = found
    assert ours == theirs
    return ours


class _Raw(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.getvalue()


def test_items_are_read_as_botocore_would(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    item = {
        "text": {"S": "žluť"},
        "number": {"N": "7"},
        "nothing": {"NULL": True},
        "truth": {"BOOL": False},
        "list": {"L": [{"S": "a"}, {"M": {"deep": {"L": []}}}]},
        "map": {"M": {"amount": {"N": "1999"}, "empty": {"M": {}}}},
        "set": {"SS": ["a", "b"]},
    }
    capacity = {"TableName": "orders", "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}}
    assert answer("orders", json.dumps({"Item": item, "ConsumedCapacity": capacity})) == {
        "Item": item,
        "ConsumedCapacity": capacity,
    }
    assert answer("orders", "{}") == {}
