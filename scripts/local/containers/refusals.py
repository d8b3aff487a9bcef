"""Stands before an authorizer in its container: SAM answers 502 to what API Gateway answers 401.

An HTTP API answers 401 when its authorizer raises Exception("Unauthorized"). SAM takes that for a failure; it does
know an authorizer that says no, and `bridge.Proxy` gives its refusal API Gateway's status.
"""

import importlib
import os
from collections.abc import Mapping
from typing import Any

HANDLER_VARIABLE = "AUTHORIZER_HANDLER"


def handler(event: Mapping[str, Any], context: object) -> Any:
    """What the handler that the environment names answers."""
    module, _, name = os.environ[HANDLER_VARIABLE].rpartition(".")
    authorize = getattr(importlib.import_module(module), name)
    try:
        return authorize(event, context)
    except Exception as error:
        if str(error) != "Unauthorized":
            raise
        return {"isAuthorized": False}
