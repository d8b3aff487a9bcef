"""Every function answers what `sam local invoke -e events/invocations/<service>/<door>-<case>.json` gives it.

What a case comes to stands in `<service>.json` next to this file, by the case's name:

    status     of the HTTP answer; `body`: members of it, at any depth
    failures   the item identifiers that a batch reports
    answer     of a door that answers neither way, whole
    raises     the message of what it raises, where that is the answer
    written    the tables that hold something afterwards, by their logical ids
    told       the events that wait on their items
    published  the events that were put on the bus

What is not named is nothing: a refusal leaves no trace. Neighbours do not answer here; a case that asks one says what
its function does then.
"""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from minishop import aws as minishop_aws
from tests.contract.template import functions
from tests.integration.conftest import Aws

ROOT = Path(__file__).parents[3]
CASES = sorted((ROOT / "events" / "invocations").rglob("*.json"))
KINDS = {"status", "failures", "answer", "raises"}


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def name_of(case: Path) -> str:
    return f"{case.parent.name}/{case.stem}"


def function_of(case: Path) -> str:
    return f"{case.parent.name.capitalize()}{case.stem.partition('-')[0].capitalize()}Function"


OUTCOMES: dict[str, dict[str, Any]] = {
    f"{path.stem}/{case}": outcome
    for path in sorted(Path(__file__).parent.glob("*.json"))
    for case, outcome in read(path).items()
}


def listen() -> list[str]:
    """What this process puts on the bus from now on."""
    published: list[str] = []

    def note(**request: Any) -> None:
        published.extend(entry["DetailType"] for entry in request["params"]["Entries"])

    minishop_aws.session().register("provide-client-params.eventbridge.PutEvents", note)
    return published


def contains(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(name in whole and contains(whole[name], part[name]) for name in part)
    return bool(whole == part)


def compare(answer: Any, outcome: Mapping[str, Any]) -> None:
    if "status" in outcome:
        body = json.loads(answer["body"]) if "body" in outcome else None
        assert answer["statusCode"] == outcome["status"], answer
        assert contains(body, outcome.get("body")), body
    elif "failures" in outcome:
        assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == outcome["failures"]
    else:
        assert answer == outcome["answer"]


def test_every_function_has_a_case_and_every_case_its_outcome() -> None:
    assert {function_of(case) for case in CASES} == {function.id for function in functions()}
    assert {name_of(case) for case in CASES} == set(OUTCOMES)
    assert [name for name, outcome in OUTCOMES.items() if len(KINDS & set(outcome)) != 1] == []


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_case_comes_to_what_is_written_about_it(case: Path, aws: Aws) -> None:
    outcome = OUTCOMES[name_of(case)]
    aws.use(function_of(case))
    published = listen()
    door = importlib.import_module(f"{case.parent.name}.{case.stem.partition('-')[0]}")
    if "raises" in outcome:
        with pytest.raises(Exception, match=f"^{outcome['raises']}$"):
            door.handler(read(case), None)
    else:
        compare(door.handler(read(case), None), outcome)
    tables = [table for table in sorted(aws.world.tables) if aws.items(table)]
    assert tables == outcome.get("written", [])
    assert [event for table in tables for event in aws.outboxes(table)] == outcome.get("told", [])
    assert published == outcome.get("published", [])
