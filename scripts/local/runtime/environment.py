"""One function environment: a process, its variables, its log and the invocations it serves one by one."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from scripts.local.runtime.runtime_api import EnvironmentLostError, Invocation, RuntimeApi, Session
from scripts.local.runtime.zygote import Launch, Launcher, Process
from scripts.local.template.model import Function, LogLine, Outcome, Stack

_MAX_LINE = 256 * 1024  # characters: what CloudWatch takes as one event
_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


class Environment:
    """A process of one function that serves one invocation at a time."""

    def __init__(self, function: Function, fingerprint: int, api: RuntimeApi, log: Callable[[LogLine], None]) -> None:
        self.function = function
        self.fingerprint = fingerprint  # of the code that it has loaded, or older
        self.last_used = asyncio.get_running_loop().time()
        self._api = api
        self._log = log
        self._session = Session()
        self._process: Process | None = None
        self._invocation: Invocation | None = None
        self._request_id = ""
        self._port = 0
        self._killed_for: dict[str, str] | None = None

    @property
    def alive(self) -> bool:
        """Whether it can serve another invocation."""
        return self._process is not None and not self._process.exited.done() and self._killed_for is None

    async def start(self, launcher: Launcher, stack: Stack) -> None:
        """Start the process; its loading is awaited by the first invocation. Raises LaunchError."""
        self._port = await self._api.open(self._session)
        reading, writing = os.pipe()
        try:
            loop = asyncio.get_running_loop()
            await loop.connect_read_pipe(lambda: _Lines(self._say), os.fdopen(reading, "rb", 0))
            function = self.function
            launch = Launch(
                handler=function.handler,
                code=str(function.code),
                path=tuple(str(layer) for layer in function.layers),
                environment=variables(function, stack, self._port),
                output=writing,
            )
            self._process = await launcher.launch(launch)
        except BaseException:
            self._api.release(self._port)
            raise
        finally:
            os.close(writing)
        self._process.exited.add_done_callback(self._ended)

    async def invoke(self, invocation: Invocation, init_timeout: float) -> Outcome:
        """Hand over one invocation and wait for its end, however it comes."""
        self._invocation, self._request_id = invocation, invocation.request_id
        loop = asyncio.get_running_loop()
        try:
            await self._loaded(init_timeout)
        except EnvironmentLostError as error:
            return Outcome(invocation.request_id, error.document, function_error=True)
        self._session.offer(invocation)
        started = loop.time()
        timer = loop.call_later(invocation.timeout, self._time_out, invocation)
        try:
            failed, payload = await invocation.answer
        finally:
            timer.cancel()
            self._invocation = None
        self.last_used = loop.time()
        duration = self.last_used - started
        return Outcome(invocation.request_id, payload, function_error=failed, duration=duration)

    def retire(self, reason: str = "the environment was retired") -> None:
        """End the process; an invocation under way ends with `reason` as its error."""
        self._killed_for = self._killed_for or {"errorType": "Runtime.ExitError", "errorMessage": reason}
        if self._process is not None:
            self._process.kill()

    async def _loaded(self, init_timeout: float) -> None:
        if self._session.ready.done():
            return self._session.ready.result()
        try:
            await asyncio.wait_for(asyncio.shield(self._session.ready), init_timeout)
        except TimeoutError:
            message = f"{self._name()} did not load within {init_timeout:.2f} seconds"
            self._kill({"errorType": "Runtime.InitTimeout", "errorMessage": message})
            raise EnvironmentLostError(self._killed_for or {}) from None

    def _time_out(self, invocation: Invocation) -> None:
        message = f"RequestId: {invocation.request_id} Error: Task timed out after {invocation.timeout:.2f} seconds"
        self._kill({"errorType": "Sandbox.Timedout", "errorMessage": message})
        invocation.settle(self._killed_for, error=True)

    def _kill(self, reason: dict[str, str]) -> None:
        self._killed_for = reason
        self._say(reason["errorMessage"], platform=True)
        if self._process is not None:
            self._process.kill()

    def _ended(self, exited: "asyncio.Future[int]") -> None:
        status = -signal.SIGKILL if exited.cancelled() else exited.result()
        reason = f"Runtime exited with error: {_describe(status)}" if status else "Runtime exited without a reason"
        document = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {self._request_id} Error: {reason}"}
        if self._killed_for is None and self._session.init_error is None:
            self._say(document["errorMessage"], platform=True)
        self._session.lose(self._killed_for or document)
        if self._invocation is not None:
            self._invocation.settle(self._killed_for or document, error=True)
        self._api.release(self._port)

    def _name(self) -> str:
        return f"{self.function.id} ({self.function.handler})"

    def _say(self, text: str, *, platform: bool = False) -> None:
        self._log(LogLine(self.function.id, text, self._request_id, platform=platform))


class _Lines(asyncio.Protocol):
    """Cuts what a process prints into lines."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._emit(line)
        if len(self._rest) >= _MAX_LINE:
            self._emit(self._rest)
            self._rest = b""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        if self._rest:
            self._emit(self._rest)
            self._rest = b""

    def _emit(self, line: bytes) -> None:
        self._say(line.decode(errors="replace").rstrip("\r"))


def variables(function: Function, stack: Stack, runtime_api_port: int) -> dict[str, str]:
    """The whole environment of a function's process: its own variables and those that Lambda reserves."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    defaults = {
        "PATH": os.environ.get("PATH", _DEFAULT_PATH),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"local/[$LATEST]{runtime_api_port:032x}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}",
        "AWS_REGION": stack.region,
        "AWS_DEFAULT_REGION": stack.region,
    }
    reserved = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{runtime_api_port}",
        "AWS_ACCESS_KEY_ID": function.credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": function.credentials.secret_key,
        "AWS_ENDPOINT_URL": stack.endpoint,
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
    }
    if function.credentials.session_token:
        reserved["AWS_SESSION_TOKEN"] = function.credentials.session_token
    if sys.platform == "darwin":
        defaults["no_proxy"] = "*"  # asking macOS for its proxies is not safe in a forked process
    return {**defaults, **function.environment, **reserved}


def _describe(status: int) -> str:
    if status > 0:
        return f"exit status {status}"
    return f"signal: {(signal.strsignal(-status) or str(-status)).lower()}"
