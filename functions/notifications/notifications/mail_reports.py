"""What SES reports through SNS, as a message like any other of the inbox.

SES puts its own JSON into the queue: `eventType` where a configuration set reports, `notificationType` where an
identity does, with a `bounce` or a `complaint`. Nothing else is subscribed to.
"""

import json
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from minishop.clock import parse_rfc3339
from minishop.correlation import Correlation, set_correlation
from minishop.events import encode_message
from notifications.mailer import TAG
from notifications.messages import MailReported

SOURCE = "minishop.notifications.inbox"
GREETING = "Successfully validated SNS topic"  # a configuration set's first word to a new topic; no JSON
SUBSCRIBED = "AmazonSnsSubscriptionSucceeded"  # an identity's
NO_SPAM = "not-spam"  # somebody took the mail out of the folder for spam
FOR_GOOD = "Permanent"  # a full mailbox, or a server that stayed away, is Transient: the next mail may arrive


def _reported(report: Mapping[str, Any]) -> tuple[Mapping[str, Any], MailReported] | None:
    kind = report.get("eventType") or report.get("notificationType")
    if kind == "Bounce":
        details, reason = report["bounce"], "bounced"
        found = details["bouncedRecipients"] if details["bounceType"] == FOR_GOOD else []
    elif kind == "Complaint":
        details, reason = report["complaint"], "complained"
        found = details["complainedRecipients"]
    else:
        return None
    tagged = report["mail"].get("tags", {}).get(TAG, [""])
    return details, MailReported(reason=reason, addresses=_addresses(found), notification_id=str(tagged[0]))


def _addresses(recipients: list[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(parseaddr(str(one["emailAddress"]))[1] for one in recipients)


def says_nothing(body: str) -> bool:
    """Whether nothing follows from it: what SES says to a topic that is new, and that a mail is no spam after all."""
    try:
        report = json.loads(body)
        complaint = report.get("complaint", {})
        return bool(report.get("notificationType") == SUBSCRIBED or complaint.get("complaintFeedbackType") == NO_SPAM)
    except (ValueError, AttributeError, RecursionError):
        return body.startswith(GREETING)


def translate(body: str) -> str:
    """A report as a `MailReported` in the inbox's form; anything else as it is, for whoever can read it."""
    try:
        report = json.loads(body)
        found = _reported(report)
        if found is None:
            return body
        details, message = found
        mail_id, at = str(report["mail"]["messageId"]), parse_rfc3339(details["timestamp"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return body
    with set_correlation(Correlation(mail_id, mail_id, "service:ses")):
        return encode_message(message, aggregate_id=mail_id, sequence=1, at=at, source=SOURCE)
