"""Every function that may start from a snapshot is made ready, restored and asked, by the hooks of AWS's own runtime.

Each in a process of its own, in which nothing is sent until it is restored: what a snapshot holds of a network is dead.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.contract.template import Function
from tests.contract.test_versions import PUBLISHED
from tests.helpers import http_event
from tests.integration.conftest import ROOT, Aws

pytest.importorskip("awslambdaric")

FUNCTIONS_OF_ALL = """
import importlib, json, os, socket, sys
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot
import minishop.dynamodb, minishop.http, minishop.internal

def refuse(*_):
    raise AssertionError("a connection before the snapshot")

def live(asked):
    os.environ.update(asked["environment"])
    connect, socket.socket.connect = socket.socket.connect, refuse
    handler = importlib.import_module(asked["module"]).handler
    run_before_snapshot()
    socket.socket.connect = connect
    run_after_restore()
    try:
        return handler(asked["event"], None)
    except Exception as error:
        return str(error)

for asked in json.load(sys.stdin):
    reading, writing = os.pipe()
    if not os.fork():
        told = json.dumps({"id": asked["id"], "answer": live(asked)}).encode()
        os.write(writing, told)
        os._exit(0)
    os.close(writing)
    os.wait()
    print("ANSWER", os.read(reading, 65536).decode(), flush=True)
"""


def asked_of(function: Function, aws: Aws) -> dict[str, Any]:
    path = "/v1/health" if function.service == "storefront" else f"/v1/{function.service}/health"
    unknown = {"headers": {"authorization": "Bearer nobody"}}
    event = unknown if function.door == "authorizer" else http_event(f"GET {path}")
    module = f"{function.service}.{function.door}"
    environment = aws.world.environment(function.id)
    return {"id": function.id, "module": module, "environment": environment, "event": event}


@pytest.fixture
def answers(aws: Aws) -> dict[str, Any]:
    """Of each function, to its first request after a restore."""
    asked = [asked_of(function, aws) for function in PUBLISHED]
    path = [str(ROOT / "layers" / "minishop"), *map(str, (ROOT / "functions").iterdir())]
    done = subprocess.run(
        [sys.executable, "-c", FUNCTIONS_OF_ALL],
        input=json.dumps(asked),
        env={"PYTHONPATH": ":".join(path), "POWERTOOLS_DEV": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.partition(" ")[2] for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    assert len(lines) == len(PUBLISHED), done.stderr
    return {told["id"]: told["answer"] for told in map(json.loads, filter(None, lines))} | {"stderr": done.stderr}


def test_a_restored_function_answers_its_first_request(answers: dict[str, Any]) -> None:
    said = answers.pop("stderr")
    assert answers.keys() == {function.id for function in PUBLISHED}, said
    assert answers.pop("AuthAuthorizerFunction") == "Unauthorized"
    assert {id_: answer["statusCode"] for id_, answer in answers.items()} == dict.fromkeys(answers, 200), said
