"""Compiles the methods of dataclasses for packages (`minishop.precompiled` says why); part of scripts/build.

The doors of each service are imported once, in a process of its own, and the texts that dataclasses write are noted.
What several services write goes into the kernel's layer, the rest into the functions of its service.
"""

import json
import os
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_NOTE = """
import dataclasses, json, sys
texts = []
def run(text, variables, names):
    texts.append(text)
    exec(text, variables, names)
path, modules = json.loads(sys.argv[1])
sys.path[:0] = path
dataclasses.exec = run
for module in modules:
    __import__(module)
json.dump(texts, sys.stdout)
"""
_WRITE = """
import json, sys
from minishop import precompiled
for folder, texts in json.load(sys.stdin):
    with open(f"{folder}/{precompiled.FILE}", "wb") as file:
        file.write(precompiled.dump(texts))
"""


class NotImportedError(Exception):
    """A handler could not be imported; the message says why."""


def note_texts(python: str, path: Iterable[Path], modules: Sequence[str]) -> frozenset[str]:
    """What dataclasses write when modules are imported from these folders. Raises NotImportedError."""
    asked = json.dumps([[str(folder) for folder in path], modules])
    done = subprocess.run([python, "-c", _NOTE, asked], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotImportedError(f"{', '.join(modules)}: {done.stderr.strip().splitlines()[-1]}")
    return frozenset(json.loads(done.stdout))


def shared(texts: Iterable[frozenset[str]]) -> frozenset[str]:
    """What more than one service writes."""
    writers = Counter(text for service in texts for text in service)
    return frozenset(text for text, number in writers.items() if number > 1)


def precompile(python: str, built: Path, handlers: Mapping[str, str]) -> None:
    """Puts the files into the built packages, by function the module of its handler. Raises NotImportedError."""
    functions: dict[str, list[str]] = {}
    for name, module in handlers.items():
        functions.setdefault(module.partition(".")[0], []).append(name)
    libraries = Path(sysconfig.get_paths()["purelib"])
    layers = [built / "MinishopLayer" / "python", built / "DependenciesLayer" / "python"]
    # Libraries of this Python come first: a package may be for another processor. The versions are the same.
    first, last = ([libraries], []) if python == sys.executable else ([], [libraries])

    for folder in (layers[0], *(built / name for name in handlers)):
        for earlier in folder.glob("dataclasses.cpython-*"):
            earlier.unlink()  # or what it holds would not be noted

    def note(names: Sequence[str]) -> frozenset[str]:
        return note_texts(python, [*first, built / names[0], *layers, *last], [handlers[name] for name in names])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = list(pool.map(note, functions.values()))
    common = shared(texts)
    files = [(layers[0], common)]
    files += [
        (built / name, own - common) for names, own in zip(functions.values(), texts, strict=True) for name in names
    ]
    asked = json.dumps([(str(folder), sorted(held)) for folder, held in files])
    subprocess.run([python, "-c", _WRITE], env={"PYTHONPATH": str(layers[0])}, input=asked, text=True, check=True)
