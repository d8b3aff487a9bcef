"""Translations are remembered, and remembering wrong or not at all changes nothing."""

from pathlib import Path
from typing import Any

import pytest

from scripts.local.template import translation
from scripts.local.template.translation import translate

NAME = {"Ref": "Name"}
SOURCE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Parameters": {"Name": {"Type": "String"}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": NAME}}},
}


def _layer(translated: dict[str, Any]) -> Any:
    (layer,) = translated["Resources"].values()
    return layer["Properties"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A line for each time that the translator runs."""
    made: list[str] = []
    original = translation._translate

    def counting(*arguments: object) -> object:
        made.append("translated")
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(translation, "_translate", counting)
    return made


def test_the_same_template_is_translated_once(tmp_path: Path, calls: list[str]) -> None:
    first = translate(SOURCE, {"Name": "a"}, "eu-west-1", tmp_path)
    assert translate(SOURCE, {"Name": "a"}, "eu-west-1", tmp_path) == first
    assert calls == ["translated"]


@pytest.mark.parametrize(("name", "region"), [("b", "eu-west-1"), ("a", "eu-north-1")])
def test_other_parameters_or_another_region_are_translated_anew(
    tmp_path: Path, calls: list[str], name: str, region: str
) -> None:
    translate(SOURCE, {"Name": "a"}, "eu-west-1", tmp_path)
    translate(SOURCE, {"Name": name}, region, tmp_path)
    assert len(calls) == 2


def test_another_port_of_this_machine_is_no_other_translation(tmp_path: Path, calls: list[str]) -> None:
    urls = [f"http://127.0.0.1:{port}" for port in (3000, 43001)]
    # Of a layer the translator copies values, where it leaves references elsewhere.
    layer = {"Type": "AWS::Serverless::LayerVersion", "Properties": {"LayerName": NAME, "ContentUri": "s3://a/b"}}
    source = {**SOURCE, "Resources": {"Layer": layer}}
    found = [translate(source, {"Name": url}, "eu-west-1", tmp_path) for url in urls]
    assert [_layer(one)["LayerName"] for one in found] == urls
    assert calls == ["translated"]
    assert translate(source, {"Name": "http://shop.example.com:3000"}, "eu-west-1", tmp_path) not in found
    assert len(calls) == 2


def test_a_damaged_memory_is_translated_anew(tmp_path: Path, calls: list[str]) -> None:
    first = translate(SOURCE, {"Name": "a"}, "eu-west-1", tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_text("{")
    assert translate(SOURCE, {"Name": "a"}, "eu-west-1", tmp_path) == first
    assert len(calls) == 2


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "Queue" in translate(SOURCE, {"Name": "a"}, "eu-west-1", tmp_path / "file" / "memory")["Resources"]


def test_old_translations_are_forgotten(tmp_path: Path) -> None:
    for number in range(translation._KEPT + 3):
        translate(SOURCE, {"Name": f"n{number}"}, "eu-west-1", tmp_path)
    assert len(list(tmp_path.iterdir())) == translation._KEPT
