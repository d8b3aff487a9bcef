"""Programs that the supervisor starts beside itself, each on a leash: none outlives it."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LEASH = str(Path(__file__).with_name("leash.py"))


class ChildError(Exception):
    """A program did not come up; one line, with the last thing it said."""


class Child:
    """A program under way. What it prints goes to a file, whose end explains a failure."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        output: Path,
        *,
        leash: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`leash`: whether it needs one; a program that ends with its standard input does not."""
        self._name = name
        self._output = output
        output.parent.mkdir(parents=True, exist_ok=True)
        with output.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-E", _LEASH, *arguments] if leash else list(arguments),
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends all in order
            )

    def wait_until(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Wait until the program is ready. Raises ChildError when it ends before, or takes longer."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self._process.poll() is not None:
                raise ChildError(f"{self._name} ended at once: {self._last_line()}")
            if time.monotonic() > deadline:
                raise ChildError(f"{self._name} was not ready within {seconds:.0f} s: {self._last_line()}")
            time.sleep(0.02)

    def output(self) -> str:
        """What it printed so far."""
        return self._output.read_text(errors="replace")

    def is_running(self) -> bool:
        """Whether the program still runs."""
        return self._process.poll() is None

    def close(self, seconds: float = 5.0) -> None:
        """End the program: it is asked first, and killed by its leash when it does not listen."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _last_line(self) -> str:
        lines = self.output().strip().splitlines()
        return lines[-1] if lines else "it said nothing"
