"""What a function's code looks like on disk right now, cheaply enough to ask before every invoke."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_TRUSTED_FOR = 10  # times its own cost a scan is believed: at most a tenth of the time goes on scanning


class Folder:
    """The fingerprint of one folder: every file's path, inode, size and modification time."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._path = path
        self._clock = clock
        self._fingerprint = 0
        self._valid_until = float("-inf")

    def fingerprint(self) -> int:
        """A number that changes with any file; a folder that does not exist is an empty one."""
        started = self._clock()
        if started >= self._valid_until:
            self._fingerprint = hash(tuple(_scan(str(self._path))))
            finished = self._clock()
            self._valid_until = finished + _TRUSTED_FOR * (finished - started)
        return self._fingerprint


class Fingerprints:
    """The folders of all functions; those that several share are scanned once."""

    def __init__(self) -> None:
        self._folders: dict[Path, Folder] = {}

    def of(self, folders: Sequence[Path]) -> int:
        """One number for several folders in their order on the path."""
        return hash(tuple(self._folder(path).fingerprint() for path in folders))

    def _folder(self, path: Path) -> Folder:
        if path not in self._folders:
            self._folders[path] = Folder(path)
        return self._folders[path]


def _scan(path: str) -> Iterator[tuple[str, int, int, int]]:
    try:
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return  # taken away while we looked: the next look is different, too
    for entry in found:
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _scan(entry.path)
            else:
                stat = entry.stat()
                yield entry.path, stat.st_ino, stat.st_size, stat.st_mtime_ns
        except OSError:
            continue
