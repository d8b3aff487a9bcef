"""What goes wrong.

MinishopError
├── UndeliverableError               refused for good by the channel's provider
├── TooManyMessagesError             enough for this hour
├── BeingSentError                   another delivery has it in hand
└── BadRequestError
    └── InvalidUnsubscribeTokenError not a link of ours
"""

from minishop.errors import BadRequestError, MinishopError


class UndeliverableError(MinishopError):
    """The channel's provider refused this message for good: another try would be refused as well."""


class TooManyMessagesError(MinishopError):
    """The person has been told enough this hour; the message waits for another delivery of its event."""


class BeingSentError(MinishopError):
    """Another delivery of the same event is sending this very message."""


class InvalidUnsubscribeTokenError(BadRequestError):
    """The token was not made here."""

    code = "invalid_unsubscribe_token"
    title = "This link is not valid"
