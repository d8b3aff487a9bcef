"""Secrets, read from Secrets Manager once in a while and kept in memory."""

import json
from datetime import datetime, timedelta
from typing import Any

from snapshot_restore_py import register_after_restore

from minishop import aws, clock

KEPT = timedelta(minutes=5)
_kept: dict[str, tuple[datetime, str]] = {}


def secret_string(secret_id: str) -> str:
    """The secret's text. Kept for five minutes, so that a rotated one takes effect without a deployment."""
    now = clock.system.now()
    kept = _kept.get(secret_id)
    if kept is None or now - kept[0] > KEPT:
        answer: dict[str, Any] = aws.client("secretsmanager").get_secret_value(SecretId=secret_id)
        kept = (now, str(answer["SecretString"]))
        _kept[secret_id] = kept
    return kept[1]


def secret_field(secret_id: str, field: str) -> str:
    """One field of a secret that is a JSON object."""
    return str(json.loads(secret_string(secret_id))[field])


def forget() -> None:
    """Drops what is kept: after a SnapStart restore, and between tests."""
    _kept.clear()


register_after_restore(forget)
