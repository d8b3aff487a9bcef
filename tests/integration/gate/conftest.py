"""What the gate's tests in process share."""

from collections import Counter
from typing import Any

import pytest
from botocore.client import BaseClient


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The AWS calls that are made from now on, whoever's client makes them: `dynamodb:Query`."""
    made: Counter[str] = Counter()
    clients: Any = BaseClient
    real = clients._make_api_call

    def call(client: Any, operation: str, parameters: Any) -> Any:
        made[f"{client.meta.service_model.service_name}:{operation}"] += 1
        return real(client, operation, parameters)

    monkeypatch.setattr(clients, "_make_api_call", call)
    return made
