"""What just changed inside moto, so that the pollers need not ask all the time.

Runs in moto's process. A topic is the ARN of a queue or of a table; the supervisor waits for
topics by long polling (`recorder.py` serves it), so an idle shop costs next to nothing and an event
passes from hop to hop within milliseconds.
"""

import functools
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

EVERYTHING = "*"


class Activity:
    """A growing log of topics, of which the last `kept` are remembered. Thread-safe."""

    def __init__(self, kept: int = 1000) -> None:
        self._topics: deque[str] = deque(maxlen=kept)
        self._position = 0
        self._changed = threading.Condition()

    def tell(self, topic: str) -> None:
        """Something happened to the topic."""
        with self._changed:
            self._topics.append(topic)
            self._position += 1
            self._changed.notify_all()

    def wait(self, after: int, seconds: float) -> tuple[int, list[str]]:
        """Topics told after a position, waiting up to `seconds` for the first; with the position to ask from next.

        Whoever asks from too far back, or from another life of this process, hears EVERYTHING.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._position != after, seconds)
            missed = self._position - after
            if 0 <= missed <= len(self._topics):
                fresh = list(self._topics)[len(self._topics) - missed :]
                return self._position, sorted(set(fresh))
            return self._position, [EVERYTHING]


def watch_moto(activity: Activity) -> None:
    """Have moto's queues and streams tell what is put into them. Call once, before the first request."""
    from moto.dynamodb.models.table import StreamShard
    from moto.sqs.models import Queue

    _tell_after(Queue, "add_message", activity, lambda queue: queue.queue_arn)
    _tell_after(StreamShard, "add", activity, lambda shard: shard.table.table_arn)


def _tell_after(owner: type, method: str, activity: Activity, topic: Callable[[Any], str]) -> None:
    original = getattr(owner, method)

    @functools.wraps(original)
    def telling(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        activity.tell(topic(self))
        return result

    setattr(owner, method, telling)
