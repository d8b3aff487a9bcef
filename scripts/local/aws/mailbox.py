"""Mails and text messages as the shop sent them, read from the very requests: SES v1, SES v2 and SNS.

moto keeps only one of a mail's two bodies and no time, so the requests themselves are read.
A message is `{id, channel: "email"|"sms", to, subject, text, html, sent_at}`, one for each recipient;
`subject`, `text` and `html` are null where there is none.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs

Message = dict[str, Any]
_V2_PATH = "/v2/email/outbound-emails"


def read_messages(service: str, path: str, body: bytes, answer: bytes, sent_at: str) -> list[Message]:
    """The messages that an accepted request sent; none when it was about something else.

    `service` is the signing name in the request's credential scope, `sent_at` RFC 3339.
    """
    try:
        if service == "ses" and path == _V2_PATH:
            return _ses_v2(json.loads(body), _message_id(answer), sent_at)
        form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        if service in {"ses", "email"}:
            return _ses_v1(form, _message_id(answer), sent_at)
        if service == "sns" and form.get("Action") == "Publish" and form.get("PhoneNumber"):
            text = form.get("Message", "")
            return _messages("sms", [form["PhoneNumber"]], _message_id(answer), sent_at, {"text": text})
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        return []
    return []


def _ses_v2(request: Mapping[str, Any], message_id: str, sent_at: str) -> list[Message]:
    destination = request.get("Destination") or {}
    recipients = [
        address for kind in ("ToAddresses", "CcAddresses", "BccAddresses") for address in destination.get(kind) or []
    ]
    content = request["Content"]
    if "Raw" in content:
        return _raw(base64.b64decode(content["Raw"]["Data"]), recipients, message_id, sent_at)
    simple = content["Simple"]
    return _messages(
        "email",
        recipients,
        message_id,
        sent_at,
        {
            "subject": simple["Subject"]["Data"],
            "text": (simple["Body"].get("Text") or {}).get("Data"),
            "html": (simple["Body"].get("Html") or {}).get("Data"),
        },
    )


def _ses_v1(form: Mapping[str, str], message_id: str, sent_at: str) -> list[Message]:
    if form.get("Action") == "SendRawEmail":
        recipients = _members(form, "Destinations.member.")
        return _raw(base64.b64decode(form["RawMessage.Data"]), recipients, message_id, sent_at)
    if form.get("Action") != "SendEmail":
        return []
    return _messages(
        "email",
        [
            address
            for kind in ("ToAddresses", "CcAddresses", "BccAddresses")
            for address in _members(form, f"Destination.{kind}.member.")
        ],
        message_id,
        sent_at,
        {
            "subject": form.get("Message.Subject.Data"),
            "text": form.get("Message.Body.Text.Data"),
            "html": form.get("Message.Body.Html.Data"),
        },
    )


def _raw(data: bytes, recipients: list[str], message_id: str, sent_at: str) -> list[Message]:
    mail = message_from_bytes(data, policy=policy.default)
    if not recipients:
        headers = [value for name in ("To", "Cc", "Bcc") for value in mail.get_all(name, [])]
        recipients = [address.addr_spec for header in headers for address in header.addresses]
    return _messages(
        "email",
        recipients,
        message_id,
        sent_at,
        {
            "subject": str(mail["Subject"]) if mail["Subject"] else None,
            "text": _part(mail, "plain"),
            "html": _part(mail, "html"),
        },
    )


def _part(mail: EmailMessage, subtype: str) -> str | None:
    part = mail.get_body(preferencelist=(subtype,))
    return None if part is None else str(part.get_content())


def _messages(
    channel: str, recipients: Iterable[str], message_id: str, sent_at: str, content: Mapping[str, str | None]
) -> list[Message]:
    return [
        {
            "id": message_id if number == 0 else f"{message_id}-{number}",
            "channel": channel,
            "to": recipient if channel == "sms" else parseaddr(recipient)[1] or recipient,
            "subject": content.get("subject"),
            "text": content.get("text"),
            "html": content.get("html"),
            "sent_at": sent_at,
        }
        for number, recipient in enumerate(recipients)
    ]


def _members(form: Mapping[str, str], prefix: str) -> list[str]:
    found: list[str] = []
    while (value := form.get(f"{prefix}{len(found) + 1}")) is not None:
        found.append(value)
    return found


def _message_id(answer: bytes) -> str:
    text = answer.decode(errors="replace")
    found = re.search(r"<MessageId>([^<]+)<", text) or re.search(r'"MessageId"\s*:\s*"([^"]+)"', text)
    if not found:
        raise ValueError("an answer without MessageId: nothing was sent")
    return found[1]
