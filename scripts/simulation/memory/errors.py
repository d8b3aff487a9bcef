"""What the in-memory AWS refuses, as AWS words it.

AwsError
├── ValidationError         the request is none
├── ConditionError          a condition does not hold
└── TransactionError        a transaction was cancelled, with a reason for each of its operations
"""

from collections.abc import Mapping, Sequence
from typing import Any


class AwsError(Exception):
    """A refusal: its `code`, and further members of the answer."""

    code = "InternalServerError"

    def __init__(self, message: str, **members: Any) -> None:
        super().__init__(message)
        self.members: Mapping[str, Any] = members


class ValidationError(AwsError):
    """The request cannot be understood, whatever is stored."""

    code = "ValidationException"


class ConditionError(AwsError):
    """The condition does not hold. `item` is what stands there."""

    code = "ConditionalCheckFailedException"

    def __init__(self, item: Mapping[str, Any] | None = None) -> None:
        super().__init__("The conditional request failed")
        self.item = item


class NotFoundError(AwsError):
    """There is no such table, queue or secret."""

    code = "ResourceNotFoundException"


class TransactionError(AwsError):
    """A transaction that was cancelled."""

    code = "TransactionCanceledException"

    def __init__(self, reasons: Sequence[Mapping[str, Any]]) -> None:
        codes = ", ".join(reason["Code"] for reason in reasons)
        told = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        super().__init__(told, CancellationReasons=list(reasons), Message=told)


class TokenMismatchError(AwsError):
    """A ClientRequestToken came again with another request."""

    code = "IdempotentParameterMismatchException"
