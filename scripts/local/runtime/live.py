"""Imports of a function's own code, so that an edit is never hidden by stale byte code.

Python holds byte code against its source by size and *whole seconds*: two edits of one length
within a second would run the first. Here the time counts in microseconds.
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib.abc import PathEntryFinder
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from typing import Any


class LiveSourceLoader(SourceFileLoader):
    """A source loader whose byte code is valid for one microsecond's version of the file."""

    def path_stats(self, path: Any) -> dict[str, int]:
        """Modification time, in microseconds modulo 2**32 by the importer's own doing, and size."""
        stat = os.stat(path)  # noqa: PTH116 - the importer hands over strings
        return {"mtime": stat.st_mtime_ns // 1000, "size": stat.st_size}


def install(folders: Sequence[str]) -> None:
    """Put `folders` first on the path and load what they hold with `LiveSourceLoader`."""
    make_finder = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (LiveSourceLoader, SOURCE_SUFFIXES),
    )
    sys.path_hooks.insert(0, _hook(tuple(folders), make_finder))
    sys.path[:0] = folders


def _hook(folders: tuple[str, ...], make_finder: Callable[[str], PathEntryFinder]) -> Callable[[str], PathEntryFinder]:
    def find(path: str) -> PathEntryFinder:
        if not any(path == folder or path.startswith(folder + os.sep) for folder in folders):
            raise ImportError(f"{path} is not a function's code")
        return make_finder(path)

    return find
