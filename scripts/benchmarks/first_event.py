"""Runs one recorded invocation in a process of its own: `python first_event.py SPEC.json`. Prints CPU seconds.

Started with what Lambda has and no more: the runtime's boto3, the layers and the function. Answers come from the
recording; sockets are never opened. With `repeat`, the warm run is repeated and each is timed, beside a boto3 get_item.
"""

import json
import sys
import time

TYPE_CHECKING = False  # typing itself is a millisecond that would count
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Handler = Callable[[Any, Any], Any]

STARTED = time.process_time()


def main() -> None:
    """Reads what is to be done, and does it."""
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123  pathlib would count as the handler's import
        spec = json.load(file)
    sys.path[:0] = spec["path"]
    import os

    os.environ.update(spec.get("environment", {}))
    began = time.process_time()
    module = __import__(spec["module"], fromlist=["handler"])
    told: dict[str, Any] = {"import": time.process_time() - began}
    if "exchanges" in spec:
        told["first"] = _run(module.handler, spec, "exchanges")
    if spec.get("repeat"):
        told |= _repeat(module.handler, spec)
    print(json.dumps(told))


def _run(handler: "Handler", spec: dict[str, "Any"], name: str) -> float:
    """Gives the handler its event; CPU seconds of it."""
    import importlib

    replay = importlib.import_module("replay")
    replay.stub(spec[name], spec["now"])
    began = time.process_time()
    answer = handler(spec["event"], replay.Context())
    spent = time.process_time() - began
    replay.check(answer)
    return spent


def _repeat(handler: "Handler", spec: dict[str, "Any"]) -> dict[str, list[float]]:
    """CPU seconds of each warm run, and of each get_item between them."""
    import importlib

    replay = importlib.import_module("replay")
    get_item = replay.boto3_get_item()
    runs, gets = [], []
    for _ in range(spec["repeat"]):
        runs.append(_run(handler, spec["warm"], "exchanges"))
        began = time.process_time()
        get_item()
        gets.append(time.process_time() - began)
    return {"runs": runs, "gets": gets}


main()
