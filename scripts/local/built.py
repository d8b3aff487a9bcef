"""What `sam build` made: whether it is older than the sources, and making it again."""

import asyncio
import contextlib
import os
import signal
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from scripts.local.children import ROOT

BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"
_SOURCES = ("template.yaml", "functions", "layers")


def is_stale(architecture: str, built: Path = BUILT, root: Path = ROOT) -> bool:
    """Whether there is no build for this architecture that is newer than every source."""
    try:
        made = built.stat().st_mtime
        record = tomllib.loads((built.parents[1] / "build.toml").read_text())
    except (OSError, ValueError):
        return True
    functions = record.get("function_build_definitions", {}).values()
    return any(each.get("architecture") != architecture for each in functions) or made <= max(_changes(root))


def build_command(architecture: str) -> tuple[list[str], dict[str, str]]:
    """What builds for an architecture, and its environment (layers/dependencies/Makefile reads it there)."""
    command = [sys.executable, "-m", "scripts.packages"]
    if architecture != "x86_64":
        command += ["--parameter-overrides", f"Architecture={architecture}"]
    return command, {**os.environ, "ARCHITECTURE": architecture}


async def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run a program to its end, all that it says on standard error; its exit status. Cancelled, all of it is ended."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sys.__stderr__,
        start_new_session=True,  # Ctrl-C reaches the supervisor alone, and it ends the whole group
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            await process.wait()


def _changes(root: Path) -> Iterable[float]:
    for name in _SOURCES:
        path = root / name
        files = [path] if path.is_file() else path.rglob("*")
        yield from (each.stat().st_mtime for each in files if each.is_file() and each.suffix != ".pyc")
