"""Bugs planted in notifications."""

from scripts.planted_bugs.mutant import Mutant

NOTIFICATIONS = "functions/notifications/notifications"

MUTANTS = (
    Mutant(
        "message-sent-at-each-delivery",
        f"{NOTIFICATIONS}/use_cases/telling.py",
        "if notification.is_settled or (late and not notification.version):",
        "if late and not notification.version:",
        "tests/unit/notifications/test_notifying.py",
    ),
    Mutant(
        "two-deliveries-at-once-both-send",
        f"{NOTIFICATIONS}/domain/log.py",
        "        raise BeingSentError(notification.id)\n    return replace(\n        notification,\n        status",
        "        pass\n    return replace(\n        notification,\n        status",
        "tests/unit/notifications/test_unsent_messages.py",
    ),
    Mutant(
        "every-event-the-same-message",
        f"{NOTIFICATIONS}/domain/log.py",
        'derived_id("ntf", kind.subject(occasion), channel, kind.name)',
        'derived_id("ntf", occasion.order_id, channel, kind.name)',
        "tests/unit/notifications/test_notifying.py",
    ),
    Mutant(
        "header-not-cleaned",
        f"{NOTIFICATIONS}/mailer.py",
        'return _BREAKS.sub(" ", text).strip()',
        "return text.strip()",
        "tests/unit/notifications/test_rendering.py",
    ),
    Mutant(
        "advertising-for-a-name",
        f"{NOTIFICATIONS}/renderer.py",
        'return "" if len(plain) > MAX_SALUTATION or _LINKED.search(plain) else plain',
        'return "" if len(plain) > MAX_SALUTATION else plain',
        "tests/unit/notifications/test_rendering.py",
    ),
    Mutant(
        "unsubscribed-without-effect",
        f"{NOTIFICATIONS}/use_cases/wishes.py",
        "        wishes.add(person, choice)\n    return choice",
        "        wishes.remove(person, choice)\n    return choice",
        "tests/unit/notifications/test_wishes.py",
    ),
    Mutant(
        "forged-unsubscribe-link-followed",
        f"{NOTIFICATIONS}/seals.py",
        'if not hmac.compare_digest(raw[:_MAC_BYTES], _mac("unsubscribe", said)[:_MAC_BYTES]):',
        "if len(raw) <= _MAC_BYTES:",
        "tests/integration/notifications/test_wishes.py",
    ),
    Mutant(
        "preferences-unread",
        f"{NOTIFICATIONS}/use_cases/telling.py",
        ".is_wanted(ports.wishes.changed(notification.recipient))",
        ".is_wanted(frozenset())",
        "tests/unit/notifications/test_wanted_messages.py",
    ),
    Mutant(
        "bounce-ignored",
        f"{NOTIFICATIONS}/use_cases/telling.py",
        "if ports.limits.is_suppressed(address):",
        "if ports.limits.is_suppressed(notification.recipient):",
        "tests/unit/notifications/test_wanted_messages.py",
    ),
    Mutant(
        "bounce-not-kept",
        f"{NOTIFICATIONS}/use_cases/reports.py",
        "ports.limits.suppress(address, status.value, at)",
        "assert address",
        "tests/unit/notifications/test_reports.py",
    ),
    Mutant(
        "erased-person-still-mailed",
        f"{NOTIFICATIONS}/use_cases/telling.py",
        "if known is None and not owner.startswith(GUEST_PREFIX):",
        "if known is None and not owner:",
        "tests/unit/notifications/test_addressees.py",
    ),
    Mutant(
        "guest-of-an-erased-person-kept",
        f"{NOTIFICATIONS}/use_cases/erasing.py",
        "for each in (*ports.guests.guests_of(person), person):",
        "for each in (person,):",
        "tests/unit/notifications/test_people.py",
    ),
    Mutant(
        "no-limit-to-what-one-person-is-sent",
        f"{NOTIFICATIONS}/use_cases/telling.py",
        "        raise TooManyMessagesError(notification.id)",
        "        pass",
        "tests/unit/notifications/test_wanted_messages.py",
    ),
    Mutant(
        "secret-mailed-to-the-old-address",
        f"{NOTIFICATIONS}/use_cases/telling.py",
        "email=secret.email or contact.email",
        "email=contact.email or secret.email",
        "tests/unit/notifications/test_addressees.py",
    ),
    Mutant(
        "refused-for-good-and-tried-again",
        f"{NOTIFICATIONS}/domain/log.py",
        "return self.reason != GIVEN_UP",
        "return False",
        "tests/unit/notifications/test_unsent_messages.py",
    ),
    Mutant(
        "erased-messages-stay",
        f"{NOTIFICATIONS}/use_cases/erasing.py",
        "        ports.log.erase(each)\n",
        "        ports.log.all_of(each)\n",
        "tests/unit/notifications/test_people.py",
    ),
    Mutant(
        "unproven-address-greeted-by-name",
        f"{NOTIFICATIONS}/use_cases/telling.py",
        'name = contact.name if secret.email in {"", contact.email} else ""',
        "name = contact.name",
        "tests/unit/notifications/test_addressees.py",
    ),
)
