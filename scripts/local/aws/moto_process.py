"""Starts moto (`server.py`) beside the supervisor and finds out where it listens."""

import json
import sys
from pathlib import Path

from scripts.local.children import Child

_READY_WITHIN = 60.0  # seconds; two or three on an idle machine


class MotoProcess:
    """The local cloud's AWS, in a process of its own. Raises ChildError."""

    def __init__(self, output: Path, host: str = "127.0.0.1") -> None:
        arguments = [sys.executable, "-m", "scripts.local.aws.server", "--port", "0"]
        if host != "127.0.0.1":
            arguments += ["--host", host]
        self._child = Child("moto", arguments, output, leash=False)
        self.port = 0

    def wait_until_ready(self) -> None:
        """Wait until it says its port. Raises ChildError."""
        self._child.wait_until(self._has_port, _READY_WITHIN)

    def is_running(self) -> bool:
        """Whether it still runs."""
        return self._child.is_running()

    def close(self) -> None:
        """End it."""
        self._child.close()

    def _has_port(self) -> bool:
        for line in self._child.output().splitlines():
            if line.startswith('{"port"'):
                self.port = int(json.loads(line)["port"])
        return self.port != 0
