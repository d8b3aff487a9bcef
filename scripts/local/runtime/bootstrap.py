"""What runs inside a function's process: loads the handler and speaks the Lambda Runtime API.

The protocol, the shape of errors and the context object are those of AWS's own client
(`awslambdaric`); a conformance test runs the same handlers under both. Only the standard library
is used, so that a function sees nothing that its own code did not import.
"""

import http.client
import importlib
import json
import logging
import math
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import Any

_API = "/2018-06-01/runtime"
_request_id = ""

Handler = Callable[[Any, "LambdaContext"], Any]


class FaultError(Exception):
    """The handler cannot be loaded, or what it takes or gives is not JSON."""

    def __init__(self, error_type: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.trace = trace or []


class RuntimeApiError(Exception):
    """The Runtime API's host refused a request."""


@dataclass(frozen=True)
class CognitoIdentity:
    """Always empty: nothing here is called with Cognito credentials."""

    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None


class LambdaContext:
    """The handler's second argument."""

    def __init__(self, headers: http.client.HTTPMessage) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"] or ""
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"] or ""
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.tenant_id = None
        self.client_context = None
        self.identity = CognitoIdentity()
        self._epoch_deadline_time_in_ms = int(headers["Lambda-Runtime-Deadline-Ms"] or 0)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is killed; never negative."""
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))


def run(handler: str, host: str) -> None:
    """Load `handler` and serve invocations from the Runtime API at `host` until it goes away."""
    _set_up_logging()
    api = http.client.HTTPConnection(host)
    try:
        function = load(handler)
    except Exception as error:  # noqa: BLE001 - whatever the module raises is the init error
        _post(api, "/init/error", _encode(_report(error)))
        sys.exit(1)
    while _serve_one(api, function):
        pass


def load(handler: str) -> Handler:
    """Import `package.module.function`; a FaultError says in Lambda's words what is wrong."""
    module_name, dot, name = handler.rpartition(".")
    if not dot:
        raise FaultError(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)",
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        _say_where(error)
        raise FaultError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        _say(f"[ERROR] {error.filename}:{error.lineno}: {error.msg}")
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        message = f"Syntax error in module '{module_name}': {error}"
        raise FaultError("Runtime.UserCodeSyntaxError", message, trace) from error
    except Exception as error:
        _say_where(error)
        raise
    try:
        function: Handler = getattr(module, name)
    except AttributeError as error:
        message = f"Handler '{name}' missing on module '{module_name}'"
        raise FaultError("Runtime.HandlerNotFound", message) from error
    return function


def _serve_one(api: http.client.HTTPConnection, function: Handler) -> bool:
    global _request_id  # noqa: PLW0603 - the log formatter needs the invocation that is under way
    try:
        api.request("GET", f"{_API}/invocation/next")
        response = api.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException):
        return False  # the host is gone, and the environment with it
    if response.status != 200:
        return False
    _request_id = response.headers["Lambda-Runtime-Aws-Request-Id"] or ""
    _set_trace(response.headers["Lambda-Runtime-Trace-Id"])
    try:
        event = _unmarshal(body)
        result = _marshal(function(event, LambdaContext(response.headers)))
    except Exception as error:  # noqa: BLE001 - a handler may raise anything, and the caller is told
        _post(api, f"/invocation/{_request_id}/error", _encode(_report(error, _request_id)))
    else:
        _post(api, f"/invocation/{_request_id}/response", result)
    return True


def _post(api: http.client.HTTPConnection, path: str, body: bytes) -> None:
    api.request("POST", f"{_API}{path}", body, {"Content-Type": "application/json"})
    response = api.getresponse()
    response.read()
    if response.status not in {202, 413}:  # 413: the answer was too large, which the host has told the caller
        raise RuntimeApiError(f"POST {path} was answered {response.status}")


def _set_trace(trace: str | None) -> None:
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def _unmarshal(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise FaultError("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def _marshal(result: Any) -> bytes:
    if isinstance(result, bytes):
        return result
    try:
        text = json.dumps(result, default=_decimal, ensure_ascii=False)
    except Exception as error:
        raise FaultError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
    return text.encode()


def _decimal(value: Any) -> Any:
    if not isinstance(value, Decimal):
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    if value.is_nan():
        return math.nan
    return int(value) if value == value.to_integral_value() else float(value)


def _encode(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _report(error: BaseException, request_id: str = "") -> dict[str, Any]:
    """Lambda's error document, which is written to the log as well."""
    if isinstance(error, FaultError):
        kind, trace = error.error_type, error.trace
    else:
        kind, trace = type(error).__name__, _frames(error.__traceback__)
    _say(f"[ERROR] {kind}: {error}")
    if trace:
        _say("Traceback (most recent call last):\n" + "".join(line.rstrip("\n") + "\n" for line in trace).rstrip("\n"))
    return {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}


def _frames(trace: TracebackType | None) -> list[str]:
    """The frames from the handler's first line on."""
    frames = traceback.extract_tb(trace)
    first = next((index for index, frame in enumerate(frames) if frame.filename != __file__), 0)
    return traceback.format_list(
        [(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in frames[first:]]
    )


def _say_where(error: Exception) -> None:
    """One line with the file and line of the service's code that could not be imported."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    frames = [frame for frame in frames if frame.filename not in {__file__, importlib.__file__}]
    if frames:
        _say(f"[ERROR] {frames[-1].filename}:{frames[-1].lineno}: {type(error).__name__}: {error}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


class _RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = _request_id
        return True


def _set_up_logging() -> None:
    """Records that no logger of the function's own takes come out as Lambda writes them."""
    handler = logging.StreamHandler(sys.stdout)
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
        "%Y-%m-%dT%H:%M:%S",
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(_RequestIdFilter())
    logging.getLogger().addHandler(handler)
