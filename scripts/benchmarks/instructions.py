"""Instructions of importing each packaged handler, counted by cachegrind: exact, and the same at each run.

Two runs differ by a few millionths, so `instructions.json` can be held with 3 % slack. Counts differ between builds of
Python; what is held is the ratio to `import boto3` by the same interpreter, both without the interpreter's own start.
"""

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self

from scripts.benchmarks.packaged import BenchError, Packages

HELD = Path(__file__).with_name("instructions.json")
SLACK = 1.03
SLACK_ELSEWHERE = 1.10  # by another build of Python, whose own C code weighs otherwise against its interpreter loop


def interpreter() -> str:
    """What counts hold for: this Python, its compiler and processor, and boto3, which they are compared with."""
    python = f"{platform.python_implementation()} {platform.python_version()}, {platform.python_compiler()}"
    return f"{python}, {platform.machine()}; botocore {version('botocore')}"


def obstacle() -> str | None:
    """Why nothing can be counted here; None when it can."""
    return None if shutil.which("valgrind") else "valgrind is not installed (apt-get install valgrind)"


@dataclass(frozen=True)
class Counts:
    """Instructions without the interpreter's start: of `import boto3`, and by function of importing its handler."""

    interpreter: str
    boto3: int
    handlers: Mapping[str, int]

    def ratio(self, function: str) -> float:
        """Of a handler, in `import boto3`s."""
        return self.handlers[function] / self.boto3

    @classmethod
    def read(cls) -> Self:
        """What is held. Raises BenchError when there is nothing yet."""
        if not HELD.is_file():
            raise BenchError(f"{HELD.name} is not there: scripts/bench cold --write")
        return cls(**json.loads(HELD.read_text("utf-8")))

    def write(self) -> None:
        """Makes it what is held."""
        told = {"interpreter": self.interpreter, "boto3": self.boto3, "handlers": dict(sorted(self.handlers.items()))}
        HELD.write_text(json.dumps(told, indent=2) + "\n", "utf-8")


def count(packages: Packages, modules: Mapping[str, str], show: Callable[[str], None] = lambda _text: None) -> Counts:
    """Counts importing these modules, by function, a process on each core. Raises BenchError."""
    specs = {"nothing": packages.specify("nothing", "os"), "boto3": packages.specify("boto3", "boto3")}
    specs |= {name: packages.specify(name, module, name) for name, module in modules.items()}
    found: dict[str, int] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, instructions in zip(specs, pool.map(packages.instructions, specs.values()), strict=True):
            found[name] = instructions
            show(f"{name}, {len(found)} of {len(specs)}")
    show("")
    start = found.pop("nothing")
    counted = {name: instructions - start for name, instructions in found.items()}
    return Counts(interpreter(), counted.pop("boto3"), counted)


def compare(counted: Counts, held: Counts) -> list[str]:
    """Handlers that take more than they may, one sentence each."""
    slack = SLACK if counted.interpreter == held.interpreter else SLACK_ELSEWHERE
    wrong = []
    for name in sorted(counted.handlers):
        if name not in held.handlers:
            wrong.append(f"{name} is not in {HELD.name}: scripts/bench cold --write")
        elif counted.ratio(name) > held.ratio(name) * slack:
            most = held.ratio(name) * slack
            wrong.append(f"{name}: {counted.ratio(name):.3f} of import boto3's instructions, at most {most:.3f}")
    return wrong


def same_minor(held: Counts) -> bool:
    """Whether what is held was counted by this minor version of Python: others have other byte code and libraries."""
    return f" {sys.version_info.major}.{sys.version_info.minor}." in held.interpreter
