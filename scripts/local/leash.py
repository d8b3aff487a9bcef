"""Runs a program that must not outlive its parent: `python leash.py PROGRAM [ARGUMENT …]`.

The parent holds the other end of standard input. When that end closes, however the parent died, the
program is ended. Works alike on Linux and macOS; a script of its own, so that it starts in milliseconds.
"""

import os
import signal
import subprocess
import sys
import threading
from typing import Any

_GRACE = 15.0  # seconds between asking and killing


def main(arguments: list[str]) -> int:
    """Run the program until it ends, or until standard input or a signal says so; its exit status."""
    program = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)

    def stop(*_: Any) -> None:
        program.terminate()
        timer = threading.Timer(_GRACE, program.kill)
        timer.daemon = True
        timer.start()

    def follow_parent() -> None:
        # Not sys.stdin: its lock, held by a reading thread, breaks the interpreter's own end.
        while os.read(0, 4096):
            pass
        stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    threading.Thread(target=follow_parent, daemon=True).start()
    return program.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
