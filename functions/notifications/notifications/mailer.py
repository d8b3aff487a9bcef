"""E-mail, by SES."""

import re
from typing import Any

from botocore.exceptions import ClientError

from minishop import aws
from notifications.domain.errors import UndeliverableError
from notifications.use_cases.ports import Contact, Message

FOR_GOOD = frozenset({"MessageRejected", "BadRequestException"})
OUR_OWN_FAULT = (
    "not verified"  # SES rejects every message of a sender that is not set up; ours to mend, then to redrive
)
TAG = "notification"  # SES gives it back with what it reports of the mail
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def header(text: str) -> str:
    """Text that may stand in a header: on one line, without anything that could begin another."""
    return _BREAKS.sub(" ", text).strip()


def one_click(url: str) -> list[dict[str, str]]:
    """The headers by which mail programs show a button to unsubscribe (RFC 8058)."""
    return [
        {"Name": "List-Unsubscribe", "Value": f"<{url}>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


class Mailer:
    """Implements `notifications.use_cases.ports.Sender` with SES v2."""

    def __init__(self, sender: str, configuration_set: str) -> None:
        self._sender = sender
        self._configuration_set = configuration_set

    def address_of(self, contact: Contact) -> str:
        """The e-mail address."""
        return contact.email

    def send(self, address: str, message: Message) -> str:
        """SES's message id. One call. Raises UndeliverableError when SES rejects the message or the address."""
        utf8 = {"Charset": "UTF-8"}
        body: dict[str, Any] = {"Text": {"Data": message.text, **utf8}, "Html": {"Data": message.html, **utf8}}
        content: dict[str, Any] = {"Subject": {"Data": header(message.subject), **utf8}, "Body": body}
        if message.unsubscribe_url:
            content["Headers"] = one_click(message.unsubscribe_url)
        try:
            answer = aws.client("sesv2", 1).send_email(
                FromEmailAddress=self._sender,
                ConfigurationSetName=self._configuration_set,  # reports bounces and complaints
                Destination={"ToAddresses": [header(address)]},
                Content={"Simple": content},
                EmailTags=[{"Name": TAG, "Value": message.notification_id}],
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in FOR_GOOD and OUR_OWN_FAULT not in error.response["Error"].get("Message", ""):
                raise UndeliverableError(code) from error
            raise
        return str(answer["MessageId"])
