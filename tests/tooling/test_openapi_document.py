"""`scripts/openapi`: the document is made from the code's declarations, and `--check` notices when it is not."""

import json
import sys
from pathlib import Path

import pytest

from scripts import openapi_document


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["scripts/openapi", *arguments])
    return openapi_document.main()


def test_the_document_that_is_shipped_is_the_one_that_the_code_makes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = openapi_document.TARGET
    assert run(monkeypatch, "--check") == 0
    monkeypatch.setattr(openapi_document, "ROOT", tmp_path)
    monkeypatch.setattr(openapi_document, "TARGET", tmp_path / "openapi.json")
    assert run(monkeypatch, "--check") == 1
    assert "run scripts/openapi" in capsys.readouterr().err
    monkeypatch.undo()
    written = json.dumps(openapi_document.build(openapi_document.public_apis()), indent=1, ensure_ascii=False) + "\n"
    assert written == shipped.read_text(encoding="utf-8")


def test_it_is_written_where_it_is_served_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apis = openapi_document.public_apis()
    monkeypatch.setattr(openapi_document, "public_apis", lambda: {"shipping": apis["shipping"]})
    monkeypatch.setattr(openapi_document, "ROOT", tmp_path)
    monkeypatch.setattr(openapi_document, "TARGET", tmp_path / "openapi.json")
    assert run(monkeypatch) == 0
    written = json.loads((tmp_path / "openapi.json").read_text("utf-8"))
    assert set(written["paths"]["/v1/shipping/methods"]) == {"get"}
    assert capsys.readouterr().out.startswith("openapi.json: ")
