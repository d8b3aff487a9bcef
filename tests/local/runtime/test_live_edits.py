"""An edit of a function's code is live at the next request."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.local.runtime.fingerprints import Folder
from tests.local.hand_made import make_function, run, running, until

HANDLER = "from part import VALUE\nfrom layered import NAME\ndef handler(event, context):\n    return [VALUE, NAME]\n"


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # what could be stale must be there
    (tmp_path / "code").mkdir()
    (tmp_path / "layer" / "layered").mkdir(parents=True)
    (tmp_path / "code" / "app.py").write_text(HANDLER)
    (tmp_path / "code" / "part.py").write_text("VALUE = 1\n")
    (tmp_path / "layer" / "layered" / "__init__.py").write_text("NAME = 1\n")
    return tmp_path


def test_edits_of_code_and_of_layers_are_live_at_the_next_request(service: Path) -> None:
    async def scenario() -> None:
        async with running(make_function(code=service / "code", layers=(service / "layer",))) as cloud:
            assert (await cloud.do("x")).payload == [1, 1]
            # The same length, within the same second: what byte code caches by whole seconds would miss.
            (service / "code" / "part.py").write_text("VALUE = 2\n")
            assert (await cloud.do("x")).payload == [2, 1]
            (service / "layer" / "layered" / "__init__.py").write_text("NAME = 2\n")
            assert (await cloud.do("x")).payload == [2, 2]
            assert cloud.runtime.environments("Everything") == 1

    run(scenario)


def test_many_quick_edits_are_each_seen(service: Path) -> None:
    async def scenario() -> None:
        async with running(make_function(code=service / "code", layers=(service / "layer",))) as cloud:
            for value in range(10):
                (service / "code" / "part.py").write_text(f"VALUE = {value}\n")
                assert (await cloud.do("x")).payload == [value, 1]

    run(scenario)


def test_a_syntax_error_names_file_and_line_and_the_next_edit_mends_it(service: Path) -> None:
    async def scenario() -> None:
        async with running(make_function(code=service / "code", layers=(service / "layer",))) as cloud:
            (service / "code" / "part.py").write_text("VALUE = 1\nVALUE = = 2\n")
            outcome = await cloud.do("x")
            assert outcome.function_error
            assert outcome.payload["errorType"] == "Runtime.UserCodeSyntaxError"
            await until(lambda: any(f"{service / 'code' / 'part.py'}:2" in text for text in cloud.texts()))
            (service / "code" / "part.py").write_text("VALUE = 3\n")
            assert (await cloud.do("x")).payload == [3, 1]

    run(scenario)


def test_an_import_error_names_file_and_line_and_the_next_edit_mends_it(service: Path) -> None:
    async def scenario() -> None:
        async with running(make_function(code=service / "code", layers=(service / "layer",))) as cloud:
            (service / "code" / "part.py").write_text("# a comment\nimport nothing_like_this\n")
            outcome = await cloud.do("x")
            assert outcome.function_error
            assert outcome.payload["errorType"] == "Runtime.ImportModuleError"
            await until(lambda: any(f"{service / 'code' / 'part.py'}:2" in text for text in cloud.texts()))
            (service / "code" / "part.py").write_text("VALUE = 4\n")
            assert (await cloud.do("x")).payload == [4, 1]

    run(scenario)


def _add(folder: Path) -> None:
    (folder / "new.py").touch()


def _remove(folder: Path) -> None:
    (folder / "part.py").unlink()


def _rename(folder: Path) -> None:
    (folder / "part.py").rename(folder / "other.py")


def _replace(folder: Path) -> None:
    """As editors save: another file under the old name, with the old times."""
    stat = (folder / "part.py").stat()
    (folder / "saved").write_text("VALUE = 2\n")
    os.utime(folder / "saved", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (folder / "saved").replace(folder / "part.py")


def _deep(folder: Path) -> None:
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "sub" / "deep" / "template.html").touch()


@pytest.mark.parametrize("edit", [_add, _remove, _rename, _replace, _deep])
def test_every_kind_of_edit_changes_the_fingerprint(service: Path, edit: Callable[[Path], None]) -> None:
    before = Folder(service / "code").fingerprint()
    edit(service / "code")
    assert Folder(service / "code").fingerprint() != before


def test_byte_code_and_hidden_files_do_not_change_the_fingerprint(service: Path) -> None:
    before = Folder(service / "code").fingerprint()
    (service / "code" / "__pycache__").mkdir()
    (service / "code" / "__pycache__" / "part.pyc").touch()
    (service / "code" / ".part.py.swp").touch()
    assert Folder(service / "code").fingerprint() == before


def test_a_scan_is_believed_for_ten_times_its_own_cost(service: Path) -> None:
    times = iter([0.0, 1.0, 10.9, 11.1, 12.0])
    folder = Folder(service / "code", clock=lambda: next(times))
    before = folder.fingerprint()
    _add(service / "code")
    assert folder.fingerprint() == before
    assert folder.fingerprint() != before


def test_a_folder_that_is_not_there_is_an_empty_one(tmp_path: Path) -> None:
    assert Folder(tmp_path / "nothing").fingerprint() == Folder(tmp_path / "nothing").fingerprint()
