"""What can go wrong, as one tree.

    MinishopError
    ├── ProblemError                 is told to the caller as application/problem+json
    │   ├── BadRequestError          400  not acceptable as a request
    │   ├── UnauthenticatedError     401  nobody in particular calls
    │   ├── ForbiddenError           403  the caller is known and may not
    │   ├── NotFoundError            404  not there, or not the caller's: told alike
    │   ├── MethodNotAllowedError    405
    │   ├── ConflictError            409  the state of things does not allow it now
    │   ├── StaleVersionError        412  somebody else changed it first
    │   ├── TooLargeError            413
    │   ├── InvalidError             422  JSON of the wrong shape, or values that make no sense
    │   │   └── IdempotencyKeyReusedError  the key stands for another request already
    │   ├── PreconditionRequiredError 428 If-Match is missing
    │   ├── ThrottledError           429  says after how many seconds to try again
    │   └── UnavailableError         503  something behind us does not answer; try again
    ├── AlreadyExistsError           a conditional insert found the key taken
    ├── ConcurrentUpdateError        a conditional write found another version
    └── UnreadableMessageError       a message that no retry will make readable

A service's own errors derive from the kind that they are and set `code`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class MinishopError(Exception):
    """Root of the tree."""


@dataclass(frozen=True)
class FieldError:
    """One thing that is wrong with a body or a query: where (RFC 6901 pointer) and what."""

    pointer: str
    detail: str


class ProblemError(MinishopError):
    """A refusal that the caller is told of.

    Attributes:
        detail: A sentence that says what to do next.
        errors: For 422, the fields that are wrong.
        extra: Further members of the problem object, by name.
        headers: Of the answer.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


class BadRequestError(ProblemError):
    """400."""

    status = 400
    code = "bad_request"
    title = "The request cannot be read"


class UnauthenticatedError(ProblemError):
    """401."""

    status = 401
    code = "unauthenticated"
    title = "Sign in first"


class ForbiddenError(ProblemError):
    """403."""

    status = 403
    code = "forbidden"
    title = "Not allowed"


class NotFoundError(ProblemError):
    """404."""

    status = 404
    code = "not_found"
    title = "Not found"


class MethodNotAllowedError(ProblemError):
    """405."""

    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"


class ConflictError(ProblemError):
    """409."""

    status = 409
    code = "conflict"
    title = "Not possible in the present state"


class StaleVersionError(ProblemError):
    """412."""

    status = 412
    code = "stale_version"
    title = "Changed by somebody else"


class TooLargeError(ProblemError):
    """413."""

    status = 413
    code = "body_too_large"
    title = "The body is too large"


class InvalidError(ProblemError):
    """422."""

    status = 422
    code = "invalid"
    title = "The request is not valid"


class IdempotencyKeyReusedError(InvalidError):
    """422: the key stands for another request already."""

    code = "idempotency_key_reused"
    title = "The Idempotency-Key was used for another request"


class PreconditionRequiredError(ProblemError):
    """428."""

    status = 428
    code = "if_match_required"
    title = "If-Match is required"


class ThrottledError(ProblemError):
    """429."""

    status = 429
    code = "too_many_requests"
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class UnavailableError(ProblemError):
    """503."""

    status = 503
    code = "unavailable"
    title = "Not available just now"


class AlreadyExistsError(MinishopError):
    """A conditional insert found the key taken."""


class ConcurrentUpdateError(MinishopError):
    """A conditional write found another version than the one that was read."""


class UnreadableMessageError(MinishopError):
    """A message that no retry will make readable; it belongs in the dead letters."""
