"""`scripts/redrive`, as an operator types it, on the running shop."""

import json
import re

import pytest

from scripts.redriving import main
from tests.system.backstage import REGION, client, told
from tests.system.shop import Shop, Shopper, eventually


@pytest.fixture
def operator(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Credentials and endpoint, as the AWS CLI takes them."""
    (endpoint,) = re.findall(r"moto is up at (http://\S+?)(?:,|$)", "\n".join(shop.lines), re.MULTILINE)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    return shop


def test_what_the_bus_could_not_deliver_is_sent_again(
    operator: Shop, warehouse: Shopper, capsys: pytest.CaptureFixture[str]
) -> None:
    event = eventually(lambda: told(operator, type="SignedIn"), what="a sign-in")[0]
    body = {key: event[key] for key in ("id", "source", "detail-type", "detail")}
    sqs = client(operator, "sqs")
    undelivered = sqs.get_queue_url(QueueName="minishop-NotificationsUndelivered")["QueueUrl"]
    sqs.send_message(QueueUrl=undelivered, MessageBody=json.dumps(body))
    assert main(["--list", "notifications"]) == 0
    assert "Notifications: 1 undelivered\n" in capsys.readouterr().out
    assert main(["notifications"]) == 0
    assert "Notifications: 1 undelivered sent again\n" in capsys.readouterr().out
    assert main([]) == 0
    assert "undelivered" not in capsys.readouterr().out


def test_a_service_that_is_not_there_is_named_with_those_that_are(
    operator: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["loyalty"])
    assert ended.value.code == 2
    assert "no such service: Loyalty; there are Auth, Cart, Catalog" in capsys.readouterr().err


def test_a_relay_that_cannot_be_called_keeps_what_was_set_aside(
    operator: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    s3 = client(operator, "s3")
    (bucket,) = (one["Name"] for one in s3.list_buckets()["Buckets"] if "relayfailures" in one["Name"])
    s3.put_object(Bucket=bucket, Key="orders/unsendable/1-0.json", Body=json.dumps({"outbox": "[]"}).encode())
    try:
        assert main([]) == 1
        assert re.match(r"relays: orders/unsendable/1-0.json stays: .+\n", capsys.readouterr().out)
        assert main(["--list"]) == 0
        assert "relays: orders/unsendable/1-0.json\n" in capsys.readouterr().out
    finally:
        s3.delete_object(Bucket=bucket, Key="orders/unsendable/1-0.json")


def test_a_stack_that_is_not_there_is_one_line(operator: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--stack", "elsewhere"]) == 2
    assert capsys.readouterr().err.startswith("scripts/redrive: ")
