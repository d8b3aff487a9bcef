"""Moto as a process: it says where it listens, serves, and dies with whoever started it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scripts.local.aws.clients import clients

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "scripts.local.aws.server", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        yield child
        child.kill()


def test_it_serves_until_its_standard_input_ends(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdin is not None
    port = json.loads(process.stdout.readline())["port"]
    process.send_signal(signal.SIGINT)  # Ctrl-C goes to the whole terminal, and is not for moto
    with closing(clients(f"http://127.0.0.1:{port}", "eu-west-1")("sqs")) as sqs:
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="hello")
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
    process.stdin.close()
    assert process.wait(60) == 0
