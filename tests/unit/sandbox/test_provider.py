"""The provider's calls on books in memory: keys, races and forms."""

import json
from typing import Any

import pytest

from sandbox import intents, provider, refunds
from sandbox.idempotency import ProviderPorts
from sandbox.intents import Intent
from sandbox.wire import MAX_BODY_BYTES, Answer, AnswerLostError, Call, Params, ProviderError, read_form
from tests.times import CountingIds, FixedClock
from tests.unit.sandbox.fakes import FakeAnnouncements, FakeBooks


@pytest.fixture
def ports() -> ProviderPorts:
    return ProviderPorts(FakeBooks(), FakeAnnouncements(), FixedClock(), CountingIds())


def call(form: str, *, key: str = "") -> Call:
    return Call("req_1", Params(read_form(form.encode())), key, form, "https://provider.test")


PAY = "amount=1999&currency=eur&payment_method=pm_card_visa&confirm=true"


def charge(ports: ProviderPorts, form: str = PAY, *, key: str = "") -> tuple[Answer, dict[str, Any]]:
    answer = provider.create_intent(ports, call(form, key=key))
    return answer, json.loads(answer.body)


def test_brackets_nest_and_lists_count() -> None:
    form = b"a=1&metadata[order_id]=ord_1&metadata[x]=&expand[]=p&expand[]=q&more[0]=r&empty="
    assert read_form(form) == {
        "a": "1",
        "metadata": {"order_id": "ord_1", "x": ""},
        "expand": {"0": "p", "1": "q"},
        "more": {"0": "r"},
        "empty": "",
    }


@pytest.mark.parametrize(
    "form",
    [
        b"a" * (MAX_BODY_BYTES + 1),
        b"&".join(b"a%d=1" % number for number in range(300)),
        b"a=1&a=2",
        b"a=1&a[b]=2",
        b"a[b]=1&a=2",
        b"[a]=1",
        b"a[b]c=1",
        b"a[[b]]=1",
        b"a[b=1",
        b"a[1][2][3][4][5]=1",
        b"%ff=1",
    ],
)
def test_a_hostile_form_is_refused(form: bytes) -> None:
    with pytest.raises(ProviderError):
        read_form(form)


def test_a_key_charges_once(ports: ProviderPorts) -> None:
    first, _ = charge(ports, key="key-1")
    second, _ = charge(ports, key="key-1")
    assert (first.replayed, second.replayed) == (False, True)
    assert first.body == second.body
    assert len(ports.books.intents) == 1  # type: ignore[attr-defined]
    with pytest.raises(ProviderError) as refused:
        charge(ports, PAY + "&description=x", key="key-1")
    assert refused.value.error["type"] == "idempotency_error"


def test_without_a_key_every_request_charges(ports: ProviderPorts) -> None:
    charge(ports)
    charge(ports)
    assert len(ports.books.intents) == 2  # type: ignore[attr-defined]


def test_a_lost_race_is_run_again(ports: ProviderPorts) -> None:
    ports.books.races = 2  # type: ignore[attr-defined]
    assert charge(ports)[1]["status"] == "succeeded"
    ports.books.races = 99  # type: ignore[attr-defined]
    with pytest.raises(ProviderError) as refused:
        charge(ports)
    assert (refused.value.status, refused.value.error["code"]) == (409, "lock_timeout")


def test_an_answer_is_lost_once(ports: ProviderPorts) -> None:
    form = PAY.replace("pm_card_visa", "pm_sandbox_timeout")
    with pytest.raises(AnswerLostError):
        charge(ports, form, key="key-1")
    assert charge(ports, form, key="key-1")[1]["status"] == "succeeded"


def test_an_outage_lasts_three_requests_of_a_key(ports: ProviderPorts) -> None:
    form = PAY.replace("pm_card_visa", "pm_sandbox_unavailable")
    statuses = []
    for _ in range(5):
        try:
            statuses.append(charge(ports, form, key="key-1")[0].status)
        except ProviderError as error:
            statuses.append(error.status)
    assert statuses == [503, 503, 503, 200, 200]


def test_a_decline_is_an_answer_with_the_intent_in_it(ports: ProviderPorts) -> None:
    answer, body = charge(ports, PAY.replace("pm_card_visa", "pm_card_chargeDeclined"), key="key-1")
    assert answer.status == 402
    assert body["error"]["payment_intent"]["status"] == "requires_payment_method"
    assert [event["type"] for event in ports.announcements.sent] == ["payment_intent.payment_failed"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("approved", [True, False])
def test_the_card_holder_s_answer_counts_once(ports: ProviderPorts, approved: bool) -> None:
    _, body = charge(ports, PAY.replace("pm_card_visa", "pm_card_authenticationRequired"))
    secret = body["client_secret"]
    intent = provider.authenticate_intent(ports, call(""), secret, approved=approved)
    assert intent.status == ("succeeded" if approved else "requires_payment_method")
    with pytest.raises(ProviderError):
        provider.authenticate_intent(ports, call(""), secret, approved=True)
    with pytest.raises(ProviderError):
        provider.authenticate_intent(ports, call(""), f"{intent.id}_secret_guess", approved=True)


def test_money_that_is_gone_is_not_given_back_twice() -> None:
    intent = Intent("pi_1", 100, "eur", "automatic", "secret", 1)
    with pytest.raises(ProviderError):
        refunds.refund(intent, 1, refund_id="re_1", reason="", metadata={}, at=1)
    assert intents.card_error(intent, {}) is None
