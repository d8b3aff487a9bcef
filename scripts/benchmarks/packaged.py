"""Packaged code in processes of its own: what Lambda has, and no more."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Self

from scripts.packages import BUILT, ROOT, find_runtime, write_byte_code

HERE = Path(__file__).resolve().parent
RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six", "snapshot_restore_py")
LAYERS = ("DependenciesLayer", "MinishopLayer")
_REFERENCES = re.compile(rb"I\s+refs:\s+([\d,]+)")


class BenchError(Exception):
    """A benchmark cannot be made; the message says what is missing."""


@lru_cache(maxsize=1)
def runtime() -> str:
    """The functions' Python. Raises BenchError."""
    if not (BUILT / "template.yaml").is_file():
        raise BenchError("nothing is built: scripts/build")
    found = find_runtime()
    if found is None:
        raise BenchError("the functions' Python is not installed")
    return found


def runtime_libraries() -> Path:
    """A folder with boto3, what it brings and the hooks of snapshots, as the runtime ships them: compiled, no more."""
    shipped = [f"{name}-{version(name)}" for name in ("boto3", "botocore", "snapshot-restore-py")]
    folder = ROOT / ".minishop" / "-".join(["runtime", *shipped])
    if folder.is_dir():
        return folder
    folder.parent.mkdir(exist_ok=True)
    made = Path(mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    for name in RUNTIME_PACKAGES:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        source = Path(spec.origin)
        if source.name == "__init__.py":
            shutil.copytree(source.parent, made / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, made)
    write_byte_code(runtime(), made)
    try:
        return made.rename(folder)
    except OSError:  # somebody else has made it meanwhile
        shutil.rmtree(made)
        return folder


class Packages:
    """Runs packaged handlers. A context: what it writes down is gone at its end."""

    def __init__(self) -> None:
        self._temporary = TemporaryDirectory()
        self._folder = Path(self._temporary.name)
        self._layers = [str(BUILT / layer / "python") for layer in LAYERS]
        self._libraries = str(runtime_libraries())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()

    def specify(self, name: str, module: str, package: str = "", told: Mapping[str, Any] | None = None) -> Path:
        """Writes down what a process is to do; where."""
        path = [str(BUILT / package)] if package else []
        path += [*self._layers, self._libraries] if package else [self._libraries]
        file = self._folder / f"{name}.json"
        file.write_text(json.dumps({"path": [*path, str(HERE)], "module": module, **(told or {})}), "utf-8")
        return file

    def command(self, spec: Path) -> list[str]:
        """The process: no site-packages, one seed for hashes."""
        return [runtime(), "-S", "-s", "-P", str(HERE / "first_event.py"), str(spec)]

    def run(self, spec: Path) -> Mapping[str, Any]:
        """What the process tells. Raises BenchError."""
        done = subprocess.run(self.command(spec), env=environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(f"{spec.stem}: {done.stderr.strip().splitlines()[-1]}")
        told: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told

    def instructions(self, spec: Path) -> int:
        """Instructions of the whole process, by cachegrind. Raises BenchError."""
        tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        done = subprocess.run([*tool, *self.command(spec)], env=environment(), capture_output=True, check=False)
        found = _REFERENCES.search(done.stderr)
        if done.returncode or not found:
            raise BenchError(f"{spec.stem}: {done.stderr.decode(errors='replace')[-500:]}")
        return int(found[1].replace(b",", b""))


def environment() -> dict[str, str]:
    """Of the process: what makes a run like the one before."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONHASHSEED": "0", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "x"} | {
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def kind_of(module: str) -> str:
    """The door that a module is: authorizer, relay, consumer, api, internal or schedule."""
    return module.rpartition(".")[2]
