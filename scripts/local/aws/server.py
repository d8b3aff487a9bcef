"""The local cloud's AWS: moto as a server in a process of its own, mended.

`python -m scripts.local.aws.server --port 0` prints `{"port": 43001}` on one line and serves until its standard
input ends, so that it dies with whoever started it.
"""

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer

from scripts.local.aws.activity import Activity, watch_moto
from scripts.local.aws.mends import mend
from scripts.local.aws.permissions import Permissions
from scripts.local.aws.recorder import Recorder
from scripts.local.deployment.stack_record import StackRecords

_WAITING_CONNECTIONS = 1024


class _Handler(MotoRequestHandler):
    # Headers and body are written apart: with Nagle's algorithm each answer on a kept connection takes 40 ms.
    disable_nagle_algorithm = True

    def log_request(self, *_: Any, **__: Any) -> None:
        """Say nothing: what functions log is worth reading, moto's access log is not."""


class _Server(ThreadedWSGIServer):
    request_queue_size = _WAITING_CONNECTIONS
    daemon_threads = True
    block_on_close = False


class _Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher, which looks for a service in 170 folders and patterns anew at each request."""

    def __init__(self, create_app: Callable[..., Any]) -> None:
        super().__init__(create_app)
        self._backend_for_host = cache(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:
        return self._backend_for_host(host)


def make_server(port: int, *, host: str = "127.0.0.1", activity: Activity | None = None) -> BaseWSGIServer:
    """A moto, bound to the port (0: any that is free), not yet serving. Raises OSError when the port is taken."""
    app: Callable[..., Iterable[bytes]] = Recorder(_Dispatcher(create_backend_app), activity or Activity())
    return _Server(host, port, Permissions(StackRecords(app)), handler=_Handler)


def main() -> None:
    """Serve until standard input ends or a SIGTERM comes."""
    parser = argparse.ArgumentParser(prog="python -m scripts.local.aws.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; containers need more than the default")
    arguments = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if not sys.stdin.isatty():
        # Ctrl-C goes to the whole terminal; functions that are still running need AWS until they are done.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    mend()
    activity = Activity()
    watch_moto(activity)
    server = make_server(arguments.port, host=arguments.host, activity=activity)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.port}), flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
