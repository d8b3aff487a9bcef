"""Every event that a service publishes can be told and read."""

import importlib
import inspect
import json
import pkgutil
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minishop import contracts
from minishop.errors import UnreadableMessageError
from minishop.events import Event, Message
from minishop.money import Money
from tests.helpers import bus_message

st.register_type_strategy(str, st.text(st.characters(codec="utf-8"), max_size=4))
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
st.register_type_strategy(Money, st.builds(Money, st.integers(-(10**15), 10**15), st.just("EUR")))


def published() -> list[type[Event]]:
    """The contract classes of all services."""
    modules = [
        importlib.import_module(f"{contracts.__name__}.{found.name}")
        for found in pkgutil.iter_modules(contracts.__path__)
    ]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Event) and value.__module__ == module.__name__
    ]


EVENTS = published()


@pytest.mark.parametrize("contract", EVENTS, ids=lambda contract: contract.__name__)
@given(data=st.data())
@settings(max_examples=5, deadline=None, database=None)
def test_an_event_is_read_as_it_was_told(contract: type[Event], data: st.DataObject) -> None:
    event = data.draw(st.builds(contract, **{field.name: st.from_type(field.type) for field in fields(contract)}))  # type: ignore[arg-type]
    message = Message.parse(bus_message(event))
    assert message.source == f"minishop.{contract.publisher()}"
    assert message.detail_type == contract.__name__
    assert message.read(contract).data == event


@pytest.mark.parametrize("contract", EVENTS, ids=lambda contract: contract.__name__)
def test_an_event_without_its_data_is_refused(contract: type[Event]) -> None:
    body = {"source": "s", "detail-type": contract.__name__, "detail": {"metadata": metadata(), "data": {}}}
    with pytest.raises(UnreadableMessageError, match="missing required field"):
        Message.parse(json.dumps(body)).read(contract)


def metadata() -> dict[str, object]:
    texts = ("event_id", "occurred_at", "correlation_id", "causation_id", "actor", "aggregate_id")
    return dict.fromkeys(texts, "x") | {"version": 1, "sequence": 1}


def test_a_name_stands_for_one_event() -> None:
    names = [contract.__name__ for contract in EVENTS]
    assert len(set(names)) == len(names) > 20


def test_no_contract_holds_floating_point() -> None:
    annotations = {str(field.type) for contract in EVENTS for field in fields(contract)}
    assert not {text for text in annotations if "float" in text or "Any" in text}
