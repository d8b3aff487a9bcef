"""Coverage looks away from what is not counted, and misses nothing of what is."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from coverage import Coverage

ROOT = Path(__file__).resolve().parents[2]
COUNTED = """
    from unmeasured import measured, unmeasured

    def inner(n):
        if n < 0:
            raise ValueError(n)
        return n

    @measured
    def ours(n):
        try:
            inner(n)
        except ValueError:
            return "refused"
        return "taken"

    def theirs(n):
        found = ours(n)
        if found == "refused":
            raise ValueError(n)
        return found

    away = unmeasured(theirs)

    def twice(n):
        before = inner(1)
        try:
            found = away(n)
        except ValueError:
            found = "caught"
        return before, found, unmeasured(unmeasured(theirs))(1)

    def everything():
        from threading import Thread
        found = [twice(1), twice(-1)]
        thread = Thread(target=lambda: found.append(twice(-1)))
        thread.start()
        thread.join()
        return found
"""
UNSEEN = {"found = ours(n)", 'if found == "refused":', "raise ValueError(n)", "return found"}  # of theirs


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="coverage needs no tracer")
def test_what_is_ours_is_measured_and_what_is_not_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "counted.py"
    source.write_text(dedent(COUNTED).lstrip(), "utf-8")
    lines = source.read_text("utf-8").splitlines()
    first, end = lines.index("def theirs(n):") + 2, lines.index("away = unmeasured(theirs)")
    assert {lines[number - 1].strip() for number in range(first, end)} - {""} == UNSEEN
    program = tmp_path / "program.py"
    program.write_text(
        dedent(f"""
            import sys
            from coverage import Coverage
            sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT / "tests")!r}]
            only = [{str(source)!r}]
            measure = Coverage(data_file={str(tmp_path / "data")!r}, branch=True, include=only, config_file=False)
            with measure.collect():
                import counted
                found = counted.everything()
            measure.save()
            assert found == [(1, "taken", "taken"), (1, "caught", "taken"), (1, "caught", "taken")], found
        """),
        "utf-8",
    )
    subprocess.run([sys.executable, str(program)], check=True, env={"PATH": ""}, timeout=60)
    measure = Coverage(data_file=tmp_path / "data", config_file=False)
    measure.load()
    _, statements, _, missing, _ = measure.analysis2(str(source))
    assert missing == [number for number in statements if first <= number < end]
    condition = lines.index("    if n < 0:") + 1
    arcs = measure.get_data().arcs(str(source)) or ()
    assert {to for start, to in arcs if start == condition} == {condition + 1, condition + 2}
