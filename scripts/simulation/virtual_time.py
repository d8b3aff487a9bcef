"""Many things at once in virtual time: blocking code runs as it is, one thread at a time, and sleeping costs nothing.

A discrete-event simulation. Each process is a thread that runs until it sleeps; the earliest sleeper is woken next. So
the same seed gives the same history, whatever the machine does meanwhile.
"""

import contextvars
import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import datetime, timedelta


class Ended(BaseException):
    """The simulation is over."""


class VirtualTime:
    """The clock, and who sleeps until when. `now` is in seconds from the beginning."""

    def __init__(self, epoch: datetime) -> None:
        self.now = 0.0
        self.failures: list[BaseException] = []
        self._epoch = epoch
        self._numbers = itertools.count()
        self._sleepers: list[tuple[float, int, threading.Semaphore]] = []
        self._baton = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self._over = False

    def moment(self) -> datetime:
        """The present moment, as clocks tell it."""
        return self._epoch + timedelta(seconds=self.now)

    def sleep(self, seconds: float) -> None:
        """Lets others run for so long. Raises Ended."""
        if self._over:  # on its way out
            raise Ended
        turn = threading.Semaphore(0)
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._numbers), turn))
        self._baton.release()
        turn.acquire()
        if self._over:
            raise Ended

    def start(self, process: Callable[[], None], *, after: float) -> None:
        """Adds a process that begins after so many seconds."""
        turn = threading.Semaphore(0)
        heapq.heappush(self._sleepers, (self.now + after, next(self._numbers), turn))
        context = contextvars.copy_context()

        def run() -> None:
            turn.acquire()
            try:
                if not self._over:
                    context.run(process)
            except Ended:
                pass
            except BaseException as failure:  # noqa: BLE001  told to who runs the simulation
                self.failures.append(failure)
            self._baton.release()

        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def run(self, until: float) -> None:
        """Runs until that time, or until nobody has anything left to do. Raises what a process raised."""
        while self._sleepers and not self.failures and self._sleepers[0][0] <= until:
            self.now, _, turn = heapq.heappop(self._sleepers)
            turn.release()
            self._baton.acquire()
        self._over = True
        for _, _, turn in self._sleepers:
            turn.release()
            self._baton.acquire()
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise self.failures[0]
