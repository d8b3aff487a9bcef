"""The whole shop in this process's hands: what it logs can be read, and what its functions sign with."""

import asyncio
import gc
import threading
import warnings
from collections.abc import Mapping
from typing import Any

from scripts.local.options import Options, read_config
from scripts.local.ports import free_port
from scripts.local.supervisor import Supervisor
from scripts.local.template.model import LogLine, Stack
from tests.system.shop import ROOT, START_DEADLINE_SECONDS, Shop


class Cloud(Shop):
    """A running shop with its four accounts and no products."""

    def __init__(self, overrides: Mapping[str, str]) -> None:
        self.log: list[LogLine] = []  # all lines of all functions, as they came
        port = free_port()
        configured = read_config(ROOT / "samconfig.toml")
        options = Options(port=port, overrides={**configured, **overrides}, demo=False)
        self._steps: list[str] = []
        self._supervisor = Supervisor(options, log=self.log.append, say=self._steps.append)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="local cloud")
        self._thread.start()
        try:
            self.url = self._wait_for(self._supervisor.start())
        except BaseException:
            self.close()
            raise

    @property
    def stack(self) -> Stack:
        """What is deployed."""
        assert self._supervisor.stack
        return self._supervisor.stack

    @property
    def internal_url(self) -> str:
        """Where the internal API is."""
        return f"http://127.0.0.1:{self.stack.apis['InternalApi'].port}"

    def close(self) -> None:
        """Ends it, and its thread."""
        try:
            self._wait_for(self._supervisor.close())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=START_DEADLINE_SECONDS)
            self._loop.close()
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            gc.collect()  # botocore's clients keep their connections, and have nothing to close them by

    def _wait_for(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_DEADLINE_SECONDS)
