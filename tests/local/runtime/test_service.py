"""The runtime runs functions as Lambda does."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from scripts.local.runtime.environment import variables
from scripts.local.runtime.service import PayloadTooLargeError, RuntimeClosedError, UnknownFunctionError
from scripts.local.template.model import Credentials
from tests.local.hand_made import Cloud, is_running, make_function, make_stack, run, running, until


def test_a_function_gets_its_event_and_its_layers() -> None:
    async def scenario() -> None:
        async with running() as cloud:
            outcome = await cloud.do("echo", value="žluťoučký 🐎")
            assert outcome.payload == {"echo": "žluťoučký 🐎", "layer": "from the layer"}
            assert not outcome.function_error
            assert outcome.duration > 0

    run(scenario)


def test_a_function_sees_its_own_variables_and_those_of_lambda_and_no_others() -> None:
    async def scenario() -> None:
        credentials = Credentials("AK", "SK", "arn:aws:iam::123456789012:role/R", session_token="token")
        function = make_function(credentials=credentials)
        async with running(function) as cloud:
            seen = (await cloud.do("environment")).payload
            expected = variables(function, make_stack(function), 0)
            assert set(seen) - {"_X_AMZN_TRACE_ID", "LC_CTYPE", "__CF_USER_TEXT_ENCODING"} == set(expected)
            assert seen["TABLE_NAME"] == "things"
            assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
            assert (seen["AWS_ACCESS_KEY_ID"], seen["AWS_SECRET_ACCESS_KEY"], seen["AWS_SESSION_TOKEN"]) == (
                "AK",
                "SK",
                "token",
            )
            assert seen["AWS_REGION"] == "eu-central-1"
            assert seen["_X_AMZN_TRACE_ID"].startswith("Root=1-")

    run(scenario)


def test_a_function_finds_its_code_first_and_nothing_of_the_local_cloud() -> None:
    async def scenario() -> None:
        async with running() as cloud:
            seen = (await cloud.do("process")).payload
            function = make_function()
            assert seen["path"][:2] == [str(function.code), str(function.layers[0])]
            assert str(Path(__file__).parents[3]) not in seen["path"]
            assert seen["cwd"] == str(function.code)
            assert not [name for name in seen["modules"] if name.split(".")[0] == "scripts"]

    run(scenario)


def test_what_a_function_prints_is_logged_with_its_request() -> None:
    async def scenario() -> None:
        async with running() as cloud:
            outcome = await cloud.do("print", text="hello")
            await until(lambda: len(cloud.lines) >= 3)
            assert {line.request_id for line in cloud.lines} == {outcome.request_id}
            assert {line.function for line in cloud.lines} == {"Everything"}
            assert "hello" in cloud.texts()
            assert "to stderr" in cloud.texts()
            assert any(text.startswith("[WARNING]\t") and outcome.request_id in text for text in cloud.texts())

    run(scenario)


def test_a_task_that_runs_out_of_time_is_killed_and_the_next_one_gets_a_fresh_environment() -> None:
    async def scenario() -> None:
        async with running(make_function(timeout=3)) as cloud:
            outcome = await cloud.do("sleep", seconds=30)
            assert outcome.function_error
            assert outcome.payload["errorType"] == "Sandbox.Timedout"
            assert outcome.payload["errorMessage"].endswith("Task timed out after 3.00 seconds")
            assert (await cloud.do("echo", value=1)).payload["echo"] == 1

    run(scenario)


def test_a_worker_killed_in_the_middle_is_a_function_error_and_the_next_invocation_is_served(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running() as cloud:
            pid = (await cloud.do("process")).payload["pid"]
            busy = asyncio.create_task(cloud.do("wait_for", folder=str(tmp_path), name="one"))
            await until((tmp_path / "arrived-one").exists)
            os.kill(pid, signal.SIGKILL)
            outcome = await busy
            assert outcome.function_error
            assert outcome.payload == {
                "errorType": "Runtime.ExitError",
                "errorMessage": f"RequestId: {outcome.request_id} Error: Runtime exited with error: signal: killed",
            }
            again = (await cloud.do("process")).payload["pid"]
            assert again != pid

    run(scenario)


def test_the_pool_grows_with_concurrency_up_to_its_cap_and_the_rest_wait(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(concurrency=3) as cloud:
            tasks = [
                asyncio.create_task(cloud.do("wait_for", folder=str(tmp_path), name=str(name))) for name in range(7)
            ]
            await until(lambda: len(list(tmp_path.glob("arrived-*"))) == 3)
            assert cloud.runtime.environments("Everything") == 3
            (tmp_path / "go").touch()
            outcomes = await asyncio.gather(*tasks)
            assert not any(outcome.function_error for outcome in outcomes)
            assert len({outcome.payload["pid"] for outcome in outcomes}) == 3

    run(scenario)


def test_one_environment_serves_one_request_at_a_time() -> None:
    async def scenario() -> None:
        async with running(concurrency=4) as cloud:
            outcomes = await asyncio.gather(*(cloud.do("echo", value=number) for number in range(200)))
            assert [outcome.payload["echo"] for outcome in outcomes] == list(range(200))
            assert cloud.runtime.environments("Everything") <= 4

    run(scenario)


def test_a_warm_environment_is_used_again() -> None:
    async def scenario() -> None:
        async with running() as cloud:
            pids = {(await cloud.do("process")).payload["pid"] for _ in range(5)}
            assert len(pids) == 1

    run(scenario)


def test_an_idle_environment_is_reaped() -> None:
    async def scenario() -> None:
        async with running(idle_seconds=0.02) as cloud:
            await cloud.do("echo", value=1)
            await until(lambda: cloud.runtime.environments("Everything") == 0)
            assert (await cloud.do("echo", value=2)).payload["echo"] == 2

    run(scenario)


def test_a_caller_that_stops_waiting_does_not_stop_the_function(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(concurrency=1) as cloud:
            task = asyncio.create_task(cloud.do("wait_for", folder=str(tmp_path), name="one"))
            await until((tmp_path / "arrived-one").exists)
            task.cancel()
            (tmp_path / "go").touch()
            first = (await cloud.do("process")).payload["pid"]
            assert (await cloud.do("process")).payload["pid"] == first

    run(scenario)


def test_a_payload_that_lambda_would_refuse_is_refused() -> None:
    async def scenario(cloud: Cloud) -> None:
        with pytest.raises(PayloadTooLargeError):
            await cloud.do("echo", value="x" * 6_400_000)
        with pytest.raises(UnknownFunctionError):
            await cloud.runtime.invoke("Nobody", {})

    async def around() -> None:
        async with running() as cloud:
            await scenario(cloud)
        with pytest.raises(RuntimeClosedError):
            await cloud.do("echo", value=1)

    run(around)


def test_an_answer_that_is_too_large_is_a_function_error() -> None:
    async def scenario() -> None:
        async with running() as cloud:
            outcome = await cloud.do("big", size=6_400_000)
            assert outcome.function_error
            assert outcome.payload["errorType"] == "Function.ResponseSizeTooLarge"
            assert (await cloud.do("big", size=6_000_000)).payload == "x" * 6_000_000

    run(scenario)


def test_a_handler_that_never_finishes_loading_is_a_function_error(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "app.py").write_text("import time\ntime.sleep(60)\n")
        async with running(make_function(code=tmp_path), init_timeout=0.3) as cloud:
            outcome = await cloud.do("echo")
            assert outcome.function_error
            assert outcome.payload["errorType"] == "Runtime.InitTimeout"

    run(scenario)


def test_an_environment_that_died_while_idle_costs_no_caller_an_error() -> None:
    async def scenario() -> None:
        async with running() as cloud:
            for _ in range(10):
                pid = (await cloud.do("process")).payload["pid"]
                os.kill(pid, signal.SIGKILL)
                while is_running(pid):
                    pass  # without yielding: nobody has told the pool yet
                assert (await cloud.do("echo", value=1)).payload["echo"] == 1

    run(scenario)


def test_code_that_is_not_there_is_a_function_error_that_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(make_function(code=tmp_path / "gone")) as cloud:
            assert (await cloud.do("x")).payload["errorType"] == "Runtime.ExitError"
            await until(lambda: any("FileNotFoundError" in text and "gone" in text for text in cloud.texts()))

    run(scenario)
