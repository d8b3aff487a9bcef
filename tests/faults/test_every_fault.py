"""Every call of every flow, met by every fault that it can meet: the shop ends as if nothing had happened.

The calls are found by running each flow and noting what leaves the functions, so that a new call is covered without an
edit here. Cases that are alike (same step, caller, call and fault) in several flows run once. The suite takes every
`MINISHOP_FAULTS`-th of them, a different part for each flow; `MINISHOP_FAULTS=1` takes all.
"""

import os

import pytest

from scripts.simulation.enumeration import Case, Recording, record, run_case
from scripts.simulation.faults import Fault
from scripts.simulation.flows import FLOWS
from scripts.simulation.shop import Shop, Snapshot

EVERY = int(os.environ.get("MINISHOP_FAULTS", "24"))
PARTS = 8  # so that several processes can share the work
Recorded = list[tuple[Recording, list[Case]]]
_recorded: Recorded = []


@pytest.fixture(scope="session")
def recorded(opened: tuple[Shop, Snapshot]) -> Recorded:
    """Each flow as it goes when nothing goes wrong, and its cases that no flow before it has."""
    shop, base = opened
    seen: set[tuple[str, str, str, Fault]] = set()
    found: Recorded = []
    for flow in FLOWS:
        recording = record(shop, base, flow)
        fresh = [case for case in recording.cases() if case.site not in seen]
        seen |= {case.site for case in fresh}
        found.append((recording, fresh))
    return found


def test_the_flows_call_everything_that_there_is_to_call(recorded: Recorded) -> None:
    """What the harness sees: AWS, the internal API, provider, carrier, their webhooks, and Redis."""
    calls = {call.name for recording, _ in recorded for moment in recording.moments for call in moment.calls}
    for kind in (
        *(
            "dynamodb PutItem",
            "dynamodb UpdateItem",
            "dynamodb TransactWriteItems",
            "dynamodb Query",
            "sqs SendMessage",
        ),
        *("eventbridge PutEvents", "secrets-manager GetSecretValue", "sesv2 SendEmail", "sns Publish", "redis EVAL"),
        *(
            "InternalApi PUT /internal/reservations",
            "SandboxApi POST /v1/payment_intents",
            "SandboxApi POST /v1/refunds",
        ),
        *(
            "SandboxApi POST /carrier/labels",
            "PublicApi POST /v1/webhooks/payments",
            "PublicApi POST /v1/webhooks/carr",
        ),
    ):
        assert any(name.startswith(kind) for name in calls), (kind, sorted(calls))


def test_each_flow_ends_as_it_should(recorded: Recorded) -> None:
    for recording, _ in recorded:
        assert f'"{recording.flow.ends}"' in recording.end, recording.flow.name


def test_every_kind_of_fault_is_met(recorded: Recorded) -> None:
    cases = [case for _, fresh in recorded for case in fresh]
    assert len(cases) > 1000
    assert {case.fault for case in cases} == set(Fault)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_fault_changes_nothing_in_the_end(opened: tuple[Shop, Snapshot], recorded: Recorded, part: int) -> None:
    shop, _ = opened
    wrong = []
    for number, (recording, fresh) in enumerate(recorded):
        for case in fresh[number % EVERY :: EVERY][part::PARTS]:
            try:
                run_case(shop, recording, case)
            except AssertionError as error:
                wrong.append(f"{recording.flow.name}: {case}\n{error}")
    assert not wrong, "\n\n".join(wrong)
