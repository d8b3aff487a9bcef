"""SQS on moto, which serves each request in a thread of its own."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.sqs.models import Message, Queue, sqs_backends

Client = Callable[[str], Any]
ACCOUNT, REGION = "123456789012", "eu-west-1"


class Interrupted(list[Message]):
    """A queue's messages; whoever has read them all is interrupted once, before doing anything with them."""

    def __init__(self, messages: list[Message], interrupt: Callable[[], None]) -> None:
        super().__init__(messages)
        self._interrupts = [interrupt]

    def __iter__(self) -> Iterator[Message]:
        yield from super().__iter__()
        if self._interrupts and threading.current_thread() is threading.main_thread():
            other = threading.Thread(target=self._interrupts.pop())
            other.start()
            other.join(2)  # it is done by then, or waits for a lock that the reader holds


@pytest.fixture
def queue(client: Client) -> Queue:
    client("sqs").create_queue(QueueName="inbox")
    return sqs_backends[ACCOUNT][REGION].get_queue("inbox")


def test_a_message_sent_while_another_is_deleted_is_not_lost(client: Client, queue: Queue) -> None:
    backend = sqs_backends[ACCOUNT][REGION]
    backend.send_message("inbox", "first")
    (first,) = backend.receive_message("inbox", 1, 0, 30)
    sent = threading.Event()

    def send() -> None:
        backend.send_message("inbox", "second")
        sent.set()

    queue._messages = Interrupted(queue._messages, send)
    assert first.receipt_handle is not None
    backend.delete_message("inbox", first.receipt_handle)
    assert sent.wait(5)
    assert [message.body for message in backend.receive_message("inbox", 10, 0, 30)] == ["second"]


def test_two_consumers_do_not_get_the_same_message(
    client: Client, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = sqs_backends[ACCOUNT][REGION]
    backend.send_message("inbox", "only")
    received: list[str] = []
    done = threading.Event()

    def receive() -> None:
        received.extend(message.body for message in backend.receive_message("inbox", 1, 0, 30))
        done.set()

    original = Message.mark_received

    def interrupted(message: Message, visibility_timeout: int | None = None) -> None:
        if threading.current_thread() is threading.main_thread():
            other = threading.Thread(target=receive)
            other.start()
            other.join(2)
        original(message, visibility_timeout)

    monkeypatch.setattr(Message, "mark_received", interrupted)
    received.extend(message.body for message in backend.receive_message("inbox", 1, 0, 30))
    assert done.wait(5)
    assert received == ["only"]
