"""SQS on moto, which serves each request in a thread of its own."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.sqs.models import Message, Queue, sqs_backends

Client = Callable[[str], Any]
ACCOUNT, REGION = "123456789012", "eu-west-1"


class Other:
    """A request in a thread of its own. Calling it returns when it is answered, or has to wait for the queue's lock."""

    def __init__(self, queue: Queue, request: Callable[[], object]) -> None:
        self.answered = threading.Event()
        self._request = request
        self._settled = threading.Event()
        self._lock = threading.RLock()
        queue._messages_lock = threading.Condition(self)  # type: ignore[arg-type]

    def __call__(self) -> None:
        threading.Thread(target=self._run).start()
        assert self._settled.wait(30)

    def _run(self) -> None:
        self._request()
        self.answered.set()
        self._settled.set()

    def acquire(self, *arguments: Any) -> bool:
        if self._lock.acquire(blocking=False):
            return True
        self._settled.set()
        return self._lock.acquire(*arguments)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lock, name)


class Interrupted(list[Message]):
    """A queue's messages; whoever has read them all is interrupted once, before doing anything with them."""

    def __init__(self, messages: list[Message], interrupt: Callable[[], None]) -> None:
        super().__init__(messages)
        self._interrupts = [interrupt]

    def __iter__(self) -> Iterator[Message]:
        yield from super().__iter__()
        if self._interrupts and threading.current_thread() is threading.main_thread():
            self._interrupts.pop()()


@pytest.fixture
def queue(client: Client) -> Queue:
    client("sqs").create_queue(QueueName="inbox")
    return sqs_backends[ACCOUNT][REGION].get_queue("inbox")


def test_a_message_sent_while_another_is_deleted_is_not_lost(client: Client, queue: Queue) -> None:
    backend = sqs_backends[ACCOUNT][REGION]
    backend.send_message("inbox", "first")
    (first,) = backend.receive_message("inbox", 1, 0, 30)
    other = Other(queue, lambda: backend.send_message("inbox", "second"))
    queue._messages = Interrupted(queue._messages, other)
    assert first.receipt_handle is not None
    backend.delete_message("inbox", first.receipt_handle)
    assert other.answered.wait(30)
    assert [message.body for message in backend.receive_message("inbox", 10, 0, 30)] == ["second"]


def test_two_consumers_do_not_get_the_same_message(
    client: Client, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = sqs_backends[ACCOUNT][REGION]
    backend.send_message("inbox", "only")
    received: list[str] = []

    def receive() -> None:
        received.extend(message.body for message in backend.receive_message("inbox", 1, 0, 30))

    other, original = Other(queue, receive), Message.mark_received

    def interrupted(message: Message, visibility_timeout: int | None = None) -> None:
        if threading.current_thread() is threading.main_thread():
            other()
        original(message, visibility_timeout)

    monkeypatch.setattr(Message, "mark_received", interrupted)
    receive()
    assert other.answered.wait(30)
    assert received == ["only"]
