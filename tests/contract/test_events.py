"""Events from both ends: what publishers write and consumers read is what the golden samples say."""

import json
from dataclasses import MISSING, fields
from typing import Any

import msgspec
import pytest

from minishop.errors import UnreadableMessageError
from minishop.events import Event, Message
from scripts.golden_events import SAMPLES, message, path_of, published
from tests.contract.template import functions, inbox_rules

CONTRACTS = sorted(published(), key=lambda contract: contract.__name__)
CONSUMERS = {function.service: function.module().consumer for function in functions() if function.door == "consumer"}
RULES = dict(inbox_rules())
BY_NAME = {contract.__name__: contract for contract in CONTRACTS}
READERS = [(service, name) for service, consumer in CONSUMERS.items() for name in consumer.reactions if name in BY_NAME]


def sample(contract: type[Event]) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path_of(contract).read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
def test_the_publisher_writes_its_golden_sample(contract: type[Event]) -> None:
    golden = sample(contract)
    event = msgspec.convert(golden["detail"]["data"], contract)
    written = message(event)
    assert written["detail"]["data"] == golden["detail"]["data"]
    assert written["source"] == golden["source"]
    assert written["detail"]["metadata"].keys() == golden["detail"]["metadata"].keys()


@pytest.mark.parametrize(("service", "name"), READERS)
def test_every_consumer_reads_the_golden_sample_and_minds_no_new_field(service: str, name: str) -> None:
    contract, _ = CONSUMERS[service].reactions[name]
    golden = sample(contract)
    golden["detail"]["data"]["added_later"] = {"anything": 1}
    golden["detail"]["metadata"]["added_later"] = "x"
    envelope = Message.parse(json.dumps(golden)).read(contract)
    assert isinstance(envelope.data, contract)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
def test_a_sample_without_a_field_that_was_there_from_the_start_is_refused(contract: type[Event]) -> None:
    needed = [field.name for field in fields(contract) if field.default is MISSING and field.default_factory is MISSING]
    assert needed
    for name in needed:
        golden = sample(contract)
        del golden["detail"]["data"][name]
        with pytest.raises(UnreadableMessageError):
            Message.parse(json.dumps(golden)).read(contract)


def test_every_sample_belongs_to_a_contract() -> None:
    assert sorted(SAMPLES.rglob("*.json")) == sorted(path_of(contract) for contract in CONTRACTS)


@pytest.mark.parametrize("service", sorted(CONSUMERS))
def test_a_rule_lets_in_what_its_consumer_reacts_to_and_nothing_else(service: str) -> None:
    reactions = {name for name, (contract, _) in CONSUMERS[service].reactions.items() if contract in CONTRACTS}
    assert set(RULES[service]) == reactions


def test_every_inbox_has_its_consumer() -> None:
    assert set(RULES) == set(CONSUMERS)


def test_what_a_rule_names_is_published_by_somebody() -> None:
    assert {name for names in RULES.values() for name in names} <= set(BY_NAME)
