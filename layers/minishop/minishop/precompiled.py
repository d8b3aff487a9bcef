"""The methods of dataclasses, compiled when a package is built and not at each cold start.

Python writes the methods of a dataclass as text and compiles it whenever its module is imported: a third of a
millisecond each, and a door imports a hundred of them. `scripts/build` compiles these texts and puts them beside the
code; here each is looked up by a hash of its text, so that one that is not there (a class that was edited, another
Python) is compiled as ever. Without such a file, as in the local cloud and in tests, nothing is changed.
"""

import dataclasses
import hashlib
import marshal
import sys
from collections.abc import Iterable
from typing import Any

FILE = f"dataclasses.{sys.implementation.cache_tag}"  # code is good for one minor version of Python, as byte code is


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def load(folders: Iterable[str]) -> dict[bytes, bytes]:
    """What these folders hold, by the hashes of texts."""
    known: dict[bytes, bytes] = {}
    for folder in folders:
        try:
            with open(f"{folder}/{FILE}", "rb") as file:  # noqa: PTH123  pathlib would cost what is saved here
                known |= marshal.load(file)  # noqa: S302  part of the package, as byte code is
        except OSError:
            continue
    return known


def dump(texts: Iterable[str]) -> bytes:
    """The content of a file for these texts."""
    return marshal.dumps({_key(text): marshal.dumps(compile(text, "<string>", "exec")) for text in sorted(texts)})


def install(known: dict[bytes, bytes]) -> None:
    """Has dataclasses run what is known instead of compiling it."""

    def run(text: str, variables: dict[str, Any], names: dict[str, Any]) -> None:
        code = known.get(_key(text))
        exec(text if code is None else marshal.loads(code), variables, names)  # noqa: S102, S302  as dataclasses does

    vars(dataclasses)["exec"] = run  # among the module's own names, it stands before the builtin


if found := load(sys.path):
    install(found)
