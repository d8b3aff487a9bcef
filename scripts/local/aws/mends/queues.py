"""SQS queues: no message lost or given out twice when requests race."""

import functools
from collections.abc import Callable
from typing import Any

from moto.sqs.models import Queue, SQSBackend

from scripts.local.aws.mends.patches import Patches


def mend_queues(patches: Patches) -> None:
    """Deleting rebuilds the list of messages: one that is sent meanwhile is lost. Receiving twice gives one out twice.

    moto's own lock, which it takes to add a message, is taken for the rest as well; waiting for messages releases it.
    """
    patches.replace(Queue, "delete_message", _locked_queue(Queue.delete_message))
    for method in ("receive_message", "change_message_visibility", "purge_queue"):
        patches.replace(SQSBackend, method, _locked_by_name(getattr(SQSBackend, method)))


def _locked_queue(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def mended(queue: Queue, *args: Any, **kwargs: Any) -> Any:
        with queue._messages_lock:  # noqa: SLF001
            return method(queue, *args, **kwargs)

    return mended


def _locked_by_name(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def mended(backend: SQSBackend, queue_name: str, *args: Any, **kwargs: Any) -> Any:
        with backend.get_queue(queue_name)._messages_lock:  # noqa: SLF001
            return method(backend, queue_name, *args, **kwargs)

    return mended
