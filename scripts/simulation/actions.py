"""What a story is made of: each action is somebody's request, which must be answered as it should."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from scripts.simulation.client import WAREHOUSE, Client
from scripts.simulation.messages import Answer

Action = Callable[[Client], Any]
LINE = {"sku": "MUG", "quantity": 2}  # what `fill` puts into the cart


def _expect(ask: Callable[[Client], Answer], *statuses: int) -> Action:
    """The action of asking for something that is answered with one of these."""

    def act(client: Client) -> None:
        answer = ask(client)
        assert answer.status in statuses, answer

    return act


def wait(minutes: float) -> Action:
    """Nothing happens for so long."""

    def act(client: Client) -> None:
        client.shop.pass_time(timedelta(minutes=minutes))
        client.shop.run_schedules()

    return act


def fill_with(quantity: int) -> Action:
    """So many mugs go into the cart."""
    return _expect(lambda client: client.put_in_cart(quantity=quantity), 200)


def use(code: str) -> Action:
    """A promotion's code goes into the cart."""
    return _expect(lambda client: client.use_code(code), 200)


def spread(sku: str, count: int) -> Action:
    """The warehouse has a SKU sold from so many buckets from now on."""

    def act(client: Client) -> None:
        answer = client.send("PUT", f"/v1/admin/stock/{sku}/buckets", {"count": count}, principal=WAREHOUSE)
        assert answer.status == 200, answer
        client.shop.run_schedules()

    return act


def place(token: str) -> Action:
    """The cart is ordered, to be paid by this token."""
    return _expect(lambda client: client.place(token), 201)


def _cancel(client: Client) -> Answer:
    client.order_once("confirmed")
    return client.cancel()


def _refund(client: Client) -> Answer:
    client.order_once("confirmed")
    return client.refund(100)


def answer_dispute(evidence: str) -> Action:
    """The shop sends the bank evidence."""
    return _expect(lambda client: client.answer_dispute(evidence), 200)


def hear_of_dispute(status: str) -> Action:
    """Until the dispute stands like this."""
    return lambda client: client.dispute_once(status)


def pay_again(token: str) -> Action:
    """Another token is tried, once the order shows the decline."""

    def ask(client: Client) -> Answer:
        client.look_for("a decline", lambda: client.order()["payment_status"] == "declined")
        return client.pay_again(token)

    return _expect(ask, 202)


def carry(status: str) -> Action:
    """The carrier takes the parcel there: by name, so that who asks again after a lost answer takes it no further."""
    return _expect(lambda client: client.advance(status), 200)


def give_up(resolution: str) -> Action:
    """Support decides on the parcel as lost."""
    return _expect(lambda client: client.give_up(resolution), 200)


def _ask_return(client: Client) -> Answer:
    client.order_once("delivered")
    answer = client.ask_return([LINE])
    if answer.status == 201:
        client.memory["return"] = answer.body["id"]
    return answer


def _send_back(client: Client) -> Answer:
    label = client.label_of_return()
    client.memory |= {"tracking": label["tracking_number"], "shipment": label["shipment_id"]}
    return client.advance("in_transit")


def receive(accepted: int) -> Action:
    """The warehouse has looked at the two that came back, and takes so many of them."""
    taken = [{**LINE, "quantity": accepted, "accepted": True}] if accepted else []
    refused = [{**LINE, "quantity": 2 - accepted, "accepted": False}] if accepted < 2 else []
    return _expect(lambda client: client.receive_return(client.memory["return"], [*taken, *refused]), 200)


def lose_return(resolution: str) -> Action:
    """Support decides on the return as lost."""
    return _expect(lambda client: client.lose_return(client.memory["return"], resolution), 200)


fill = fill_with(2)
cancel = _expect(_cancel, 200, 202)
refund = _expect(_refund, 201)
authenticate = _expect(Client.authenticate, 200, 400)  # 400: what an answer that got lost is told the second time
dispatch = _expect(Client.dispatch, 200)
ask_return = _expect(_ask_return, 201)
authorize_return = _expect(lambda client: client.authorize_return(client.memory["return"]), 200)
send_back = _expect(_send_back, 200)
