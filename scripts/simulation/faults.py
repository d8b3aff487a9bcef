"""The faults that a remote call can meet, and how each looks to the one who makes it."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """What becomes of one call, however often the library that makes it tries again."""

    THROTTLED = "throttled"
    SERVER_ERROR = "server error"
    CONFLICT = "transaction conflict"
    CONDITION = "condition failed"
    NOT_APPLIED = "timed out, not applied"
    LOST = "applied, answer lost"  # the library's next try gets through
    DARK = "applied, then no answer"  # nor do the library's further tries
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"


class KilledError(BaseException):
    """The function's environment is gone. Not an Exception: nothing that a function does can catch its own end."""


_CODES = {
    Fault.THROTTLED: (400, "ThrottlingException", "Rate exceeded"),
    Fault.SERVER_ERROR: (500, "InternalServerError", "Internal error"),
    Fault.CONFLICT: (400, "TransactionConflictException", "Transaction is ongoing for the item"),
    Fault.CONDITION: (400, "ConditionalCheckFailedException", "The conditional request failed"),
}
_REASONS = {Fault.CONFLICT: "TransactionConflict", Fault.CONDITION: "ConditionalCheckFailed"}


def applies_to_aws(fault: Fault, operation: str, body: Mapping[str, Any]) -> bool:
    """Whether AWS would ever answer so: only writes conflict, only conditional ones fail their condition."""
    if fault is Fault.CONFLICT:
        return operation in {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}
    if fault is Fault.CONDITION:
        return "ConditionExpression" in json.dumps(body)
    return True


def aws_answer(fault: Fault, service: str, operation: str, body: Mapping[str, Any]) -> tuple[int, dict[str, str], str]:
    """Status, headers and body with which AWS tells of the fault, in the service's own protocol."""
    status, code, message = _CODES[fault]
    if service == "s3":
        return (
            503,
            {"Content-Type": "application/xml"},
            f"<Error><Code>SlowDown</Code><Message>{code}</Message></Error>",
        )
    if service == "sns":
        inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        return status, {"Content-Type": "text/xml"}, f"<ErrorResponse>{inner}</ErrorResponse>"
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-ErrorType": code}
    told: dict[str, Any] = {"__type": f"com.amazonaws#{code}", "message": message}
    if operation == "TransactWriteItems" and fault in _REASONS:
        told = _cancelled(fault, body)
        headers["x-amzn-ErrorType"] = "TransactionCanceledException"
    return status, headers, json.dumps(told)


def _cancelled(fault: Fault, body: Mapping[str, Any]) -> dict[str, Any]:
    """A cancelled transaction: the first operation that could be to blame is."""
    codes = ["None"] * len(body["TransactItems"])
    conditional = (n for n, item in enumerate(body["TransactItems"]) if "ConditionExpression" in json.dumps(item))
    codes[0 if fault is Fault.CONFLICT else next(conditional)] = _REASONS[fault]
    told = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(codes)}]"
    return {
        "__type": "com.amazonaws#TransactionCanceledException",
        "message": told,
        "Message": told,
        "CancellationReasons": [{"Code": code, "Message": code} for code in codes],
    }


def applies_to_http(fault: Fault, *, provider: bool) -> bool:
    """Whether an HTTP API would ever answer so. The provider's conflict is a lock that another request holds."""
    return fault is not Fault.CONDITION and (fault is not Fault.CONFLICT or provider)


def http_answer(fault: Fault, *, provider: bool) -> tuple[int, dict[str, str], str]:
    """Status, headers and body with which an HTTP API, or the provider, tells of the fault."""
    status = {Fault.THROTTLED: 429, Fault.SERVER_ERROR: 500, Fault.CONFLICT: 409}[fault]
    body: dict[str, Any] = {"message": "Too Many Requests" if status == 429 else "Internal Server Error"}
    if provider:
        kind = "invalid_request_error" if status in {409, 429} else "api_error"
        code = {409: "lock_timeout", 429: "rate_limit"}.get(status, "")
        body = {"error": {"type": kind, "code": code, "message": fault.value}}
    return status, {"Content-Type": "application/json"}, json.dumps(body)
