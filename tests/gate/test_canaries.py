"""What is secret or personal is found where it belongs and nowhere else."""

import pytest

from tests.gate.canaries import MAY_BE_IN, Planter, places
from tests.gate.cloud import Cloud
from tests.gate.people import People


@pytest.fixture(scope="module")
def planted(cloud: Cloud, people: People) -> dict[str, str]:
    planter = Planter(cloud, people.things["sku"])
    planter.plant()
    return planter.planted


def test_every_canary_is_where_it_may_be_and_nowhere_else(cloud: Cloud, planted: dict[str, str]) -> None:
    assert len(planted) >= 60
    assert len(set(planted.values())) == len(planted)
    found: dict[str, set[str]] = {}
    for place, text in places(cloud):
        for name, canary in planted.items():
            if canary in text:
                found.setdefault(name, set()).add(place)
    astray = {name: where - MAY_BE_IN.get(name, frozenset()) for name, where in found.items()}
    assert {name: where for name, where in astray.items() if where} == {}


def test_the_search_finds_what_is_there(cloud: Cloud, planted: dict[str, str]) -> None:
    """The control: what must be stored is found, in tables and on the bus."""
    seen = {place for place, text in places(cloud) if planted["address line1"] in text or planted["e-mail"] in text}
    assert {"table Orders", "table Auth"} <= seen
    everywhere = {place.partition(" ")[0] for place, _ in places(cloud)}
    assert {"log", "event", "table"} <= everywhere
