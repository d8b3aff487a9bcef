"""What `sam build` made: whether it is older than the sources, and making it again."""

import asyncio
import contextlib
import os
import signal
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from scripts.local.children import ROOT

BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"
_KINDS = ("function_build_definitions", "layer_build_definitions")
_SOURCES = ("template.yaml", "functions", "layers")


def is_stale(architecture: str, built: Path = BUILT, root: Path = ROOT) -> bool:
    """Whether there is no build for this architecture that is newer than every source."""
    try:
        made = built.stat().st_mtime
        record = tomllib.loads((built.parents[1] / "build.toml").read_text())
    except (OSError, ValueError):
        return True
    parts = [part for kind in _KINDS for part in record.get(kind, {}).values()]
    return any(part.get("architecture") != architecture for part in parts) or made <= max(_changes(root))


def build_command(architecture: str) -> list[str]:
    """What builds for an architecture."""
    return [sys.executable, "-m", "scripts.packages", "--parameter-overrides", f"Architecture={architecture}"]


async def run(command: Sequence[str]) -> int:
    """Run a program to its end, all that it says on standard error; its exit status. Cancelled, all of it is ended."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
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
