"""Chromium without a window, driven through its debugging pipe: no library, and no port that others could use."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from types import TracebackType
from typing import Any, Self

from tests.system.shop import eventually

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = (
    "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-background-networking "
    "--disable-component-update --lang=en-GB --remote-debugging-pipe"
)
READS_FROM, WRITES_TO = 3, 4  # as `--remote-debugging-pipe` has it
END_SECONDS = 30.0


class Browser:
    """One page of a browser of its own, with nothing kept from another."""

    def __init__(self) -> None:
        assert CHROMIUM, "there is no chromium here"
        self._profile = tempfile.TemporaryDirectory()
        browser_reads, self._to = os.pipe()
        self._from, browser_writes = os.pipe()
        command = f'exec "$0" "$@" {READS_FROM}<&{browser_reads} {WRITES_TO}>&{browser_writes}'
        arguments = [*OPTIONS.split(), f"--user-data-dir={self._profile.name}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", command, CHROMIUM, *arguments],
            pass_fds=(browser_reads, browser_writes),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(browser_reads)
        os.close(browser_writes)
        self._unread, self._calls, self._session = b"", 0, ""
        self.complaints: list[dict[str, Any]] = []  # errors of scripts, and what a page's policy stopped
        pages = [each for each in self._call("Target.getTargets")["targetInfos"] if each["type"] == "page"]
        attached = self._call("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError, EOFError):
            self._call("Browser.close")
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)
        with contextlib.suppress(OSError):  # a child of the browser's may still be writing there
            self._profile.cleanup()

    def go(self, url: str) -> None:
        """Opens an address."""
        self._call("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """What an expression of JavaScript comes to, awaited; something that can be said in JSON."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Goes on once the expression is true; while a page is loading it cannot be asked."""

        def is_true() -> bool:
            with contextlib.suppress(RuntimeError):
                return self.run(f"Boolean({script})") is True
            return False

        eventually(is_true, what=script)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._calls += 1
        message: dict[str, Any] = {"id": self._calls, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            told = self._read()
            if told.get("method") in {"Runtime.exceptionThrown", "Log.entryAdded"}:
                self.complaints.append(told["params"])
            if told.get("id") == self._calls:
                if "error" in told:
                    raise RuntimeError(told["error"])
                result: dict[str, Any] = told["result"]
                return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            chunk = os.read(self._from, 1 << 16)
            if not chunk:
                raise EOFError("the browser has ended")
            self._unread += chunk
        one, self._unread = self._unread.split(b"\0", 1)
        told: dict[str, Any] = json.loads(one)
        return told
