"""Bugs planted in the kernel."""

from scripts.planted_bugs.mutant import Mutant

KERNEL = "layers/minishop/minishop"

MUTANTS = (
    Mutant(
        "failed-entries-unread",
        f"{KERNEL}/relay.py",
        'if not answer["FailedEntryCount"]:',
        'if answer["FailedEntryCount"] >= 0:',
        "tests/unit/minishop/test_relay.py",
    ),
    Mutant(
        "insert-without-condition",
        f"{KERNEL}/dynamodb.py",
        "item.save(condition=Item.pk.does_not_exist())",
        "item.save()",
        "tests/integration/minishop/test_dynamodb.py",
    ),
    Mutant(
        "replace-without-condition",
        f"{KERNEL}/dynamodb.py",
        "item.save(condition=Item.version == expected)",
        "item.save()",
        "tests/integration/minishop/test_dynamodb.py",
    ),
    Mutant(
        "change-leaves-the-outbox",
        f"{KERNEL}/dynamodb.py",
        "item.update(actions=[*actions, Item.outbox.remove()], condition=condition)",
        "item.update(actions=[*actions], condition=condition)",
        "tests/integration/minishop/test_dynamodb.py",
    ),
    Mutant(
        "event-id-without-sequence",
        f"{KERNEL}/events.py",
        'derived_id("evt", source, aggregate_id, str(sequence), str(index), name)',
        'derived_id("evt", source, aggregate_id, str(index), name)',
        "tests/unit/minishop/test_events.py",
    ),
    Mutant(
        "failed-message-taken-as-done",
        f"{KERNEL}/consumer.py",
        "self._hold_back(record, received)\n                return False",
        "self._hold_back(record, received)\n                return True",
        "tests/unit/minishop/test_consumer.py",
    ),
    Mutant(
        "unreadable-message-taken-as-done",
        f"{KERNEL}/consumer.py",
        'logger().exception("message not readable", message_id=record["messageId"])\n            return False',
        'logger().exception("message not readable", message_id=record["messageId"])\n            return True',
        "tests/unit/minishop/test_consumer.py",
    ),
    Mutant(
        "roles-unread",
        f"{KERNEL}/http.py",
        "if request.principal.roles.isdisjoint(route.who):",
        "if not request.principal.roles:",
        "tests/unit/minishop/test_http_callers.py",
    ),
    Mutant(
        "expired-token-let-in",
        f"{KERNEL}/http.py",
        "if 0 < request.principal.expires_at <= clock.system.now().timestamp():",
        "if 0 > request.principal.expires_at:",
        "tests/unit/minishop/test_http_callers.py",
    ),
    Mutant(
        "internal-callers-unread",
        f"{KERNEL}/http.py",
        'or caller["role"] not in {prefix + name for name in route.callers}',
        'or not caller["role"]',
        "tests/unit/minishop/test_http_callers.py",
    ),
    Mutant(
        "derived-ids-run-together",
        f"{KERNEL}/ids.py",
        'digest.update(len(raw).to_bytes(4, "big") + raw)',
        "digest.update(raw)",
        "tests/unit/minishop/test_values.py",
    ),
    Mutant(
        "breaker-never-opens",
        f"{KERNEL}/breaker.py",
        "if self._failures >= self._threshold:",
        "if self._failures > 1_000_000:",
        "tests/unit/minishop/test_breaker.py",
    ),
    Mutant(
        "cursor-signature-unread",
        f"{KERNEL}/cursors.py",
        "not hmac.compare_digest(mac, _mac(payload, scope))",
        "len(mac) != _MAC_BYTES",
        "tests/integration/gate/test_altered_cursors.py",
    ),
    Mutant(
        "depth-unlimited",
        f"{KERNEL}/guard.py",
        "if depth > MAX_DEPTH:",
        "if depth > 1_000_000:",
        "tests/unit/minishop/test_guard.py",
    ),
    Mutant(
        "conflict-not-tried-again",
        f"{KERNEL}/dynamodb.py",
        '    "TransactionConflict",\n',
        "",
        "tests/unit/catalog/test_contention.py",
    ),
    Mutant(
        "cut-export-said-to-be-complete",
        f"{KERNEL}/exports.py",
        "return found[:most], len(found) <= most",
        "return found[:most], True",
        "tests/unit/minishop/test_exports.py",
    ),
    Mutant(
        "killed-before-it-answers",
        f"{KERNEL}/deadline.py",
        "if ends is not None and ends + RESERVE_SECONDS - time.monotonic() < LAST_SECONDS:",
        "if ends is not None and ends + RESERVE_SECONDS < time.monotonic():",
        "tests/unit/minishop/test_deadline.py",
    ),
    Mutant(
        "poison-stops-the-sweep",
        f"{KERNEL}/sweeps.py",
        "                failures.append(failure)\n",
        "                raise\n",
        "tests/unit/minishop/test_sweeps.py",
    ),
)
