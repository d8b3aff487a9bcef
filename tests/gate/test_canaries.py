"""What is secret or personal is found where it belongs and nowhere else."""

import pytest

from scripts.local.aws.clients import clients
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


def test_the_search_reads_dead_letters_to_the_last_and_what_a_relay_set_aside(cloud: Cloud) -> None:
    """The control for what a healthy shop leaves empty."""
    make = clients(cloud.stack.endpoint, cloud.stack.region)
    sqs, s3 = make("sqs"), make("s3")
    (dead,) = [url for url in sqs.list_queues()["QueueUrls"] if "NotificationsDeadLetters" in url]
    (bucket,) = [one["Name"] for one in s3.list_buckets()["Buckets"] if "failures" in one["Name"].lower()]
    for number in range(25):
        sqs.send_message(QueueUrl=dead, MessageBody=f"marked {number:02d}")
    s3.put_object(Bucket=bucket, Key="auth/unsendable/1.json", Body=b"marked 25")
    try:
        for _ in range(2):  # looking takes nothing away
            found = {text for _, text in places(cloud) if text.startswith("marked ")}
            assert found == {f"marked {number:02d}" for number in range(26)}
    finally:
        sqs.purge_queue(QueueUrl=dead)
        s3.delete_object(Bucket=bucket, Key="auth/unsendable/1.json")
