"""AWS clients, and where their models come from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
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
