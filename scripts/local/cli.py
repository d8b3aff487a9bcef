"""The command: `python -m scripts.local start`. Progress and `ready URL` on standard output, logs on standard error."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence

from scripts.local.children import ChildError
from scripts.local.containers.engine import SamError
from scripts.local.demo.seed import SeedError
from scripts.local.events.expressions import ExpressionError
from scripts.local.front.server import PortInUseError
from scripts.local.options import Options, OptionsError, read_options
from scripts.local.runtime.logs import Logs
from scripts.local.supervisor import Supervisor, progress
from scripts.local.template.errors import TemplateError

_EXPECTED = (ChildError, ExpressionError, OptionsError, PortInUseError, SamError, SeedError, TemplateError)
_HEALTH_CHECK = 1.0  # seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; the exit status: 0 stopped, 1 failed, 2 asked for nonsense."""
    started = time.monotonic()
    try:
        options = read_options(sys.argv[1:] if arguments is None else arguments, os.environ)
        return asyncio.run(_run(options, started))
    except _EXPECTED as error:
        print(f"scripts/start: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
        return 2 if isinstance(error, OptionsError) else 1


async def _run(options: Options, started: float) -> int:
    say = progress(started, lambda text: print(text, flush=True))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    logs = Logs(verbose=options.verbose)
    supervisor = Supervisor(options, log=logs, say=say)
    starting = asyncio.create_task(supervisor.start())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            return 0
        print(f"ready {await starting}", flush=True)
        logs.begin()
        return await _watch(supervisor, stop)
    finally:
        starting.cancel()
        stopping.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)
        await supervisor.close()


async def _watch(supervisor: Supervisor, stop: asyncio.Event) -> int:
    """Wait until asked to stop; what is vital and dies ends the rest, loudly."""
    while not supervisor.lost:
        try:
            await asyncio.wait_for(stop.wait(), _HEALTH_CHECK)
        except TimeoutError:
            continue
        print("stopping", flush=True)
        return 0
    raise ChildError(f"{supervisor.lost} has ended; the local cloud cannot go on without it")
