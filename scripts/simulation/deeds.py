"""What shoppers, staff and carriers do in a history, as chance has it: one request each, or a whole way of an order."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from scripts.simulation.client import Client
from scripts.simulation.flows import PROMOTIONS

TOKENS = (
    *("pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_sandbox_timeout", "pm_sandbox_unavailable"),
    *("pm_card_chargeDeclined", "pm_card_authenticationRequired"),
)
LONGEST_WAY = 24  # steps of an order to the door and back
NOTHING: Mapping[str, Any] = {"status": "", "shipments": [], "returns": []}  # how no order is shown


class Deeds:
    """What somebody may do next. `let_work` lets the shop take so many steps in between."""

    def __init__(self, dice: random.Random, let_work: Callable[[int], None]) -> None:
        self._dice = dice
        self._let_work = let_work

    def choose(self) -> Callable[[Client], object]:
        """One of them."""
        return self._dice.choice(
            (
                *(self._shop_for, self._shop_for, self._change_mind, self._pay_again, self._go_on),
                *(self._send_off, self._step, self._step, self._lose),
            )
        )

    def _shop_for(self, client: Client) -> int:
        """Buys something, perhaps twice with one key, perhaps giving up on an error."""
        client.put_in_cart(self._dice.choice(("MUG", "TEE")), self._dice.randint(1, 4))
        if self._dice.random() < 0.5:
            client.use_code(self._dice.choice(PROMOTIONS)["code"])
        if "attempt" not in client.memory or self._dice.random() < 0.6:
            client.memory["attempt"] = client.memory.get("attempt", 0) + 1
            client.memory["token"] = self._dice.choice(TOKENS)
        return client.place(client.memory["token"], client.memory["attempt"]).status

    def _change_mind(self, client: Client) -> int:
        return client.cancel().status if "order" in client.memory else 0

    def _pay_again(self, client: Client) -> int:
        """Tries another card, perhaps the same try twice, perhaps when there is nothing to pay."""
        if "order" not in client.memory:
            return 0
        attempt = client.memory["paid"] = client.memory.get("paid", 1) + self._dice.choice((0, 1, 1))
        return client.pay_again(self._dice.choice(TOKENS), attempt).status

    def _go_on(self, client: Client) -> str:
        """Whatever comes next on an order's way to the door and back, for a while."""
        told = [self._next(client)]
        for _ in range(self._dice.randint(0, LONGEST_WAY)):
            self._let_work(self._dice.randint(0, 8))
            told.append(self._next(client))
        return ", ".join(told)

    def _next(self, client: Client) -> str:
        shown = self._shown(client)
        deeds: dict[str, Callable[[Client], int]] = {
            "": self._shop_for,
            "cancelled": self._shop_for,
            "placed": self._pay_again,
            "confirmed": self._send_off,
            "shipped": self._bring,
            "delivered": self._send_back,
        }
        deed = deeds.get(shown["status"])
        return f"{deed.__name__} {deed(client)}" if deed else shown["status"]

    def _shown(self, client: Client) -> Mapping[str, Any]:
        shown = client.send("GET", f"/v1/orders/{client.memory.get('order', 'none')}")
        found: Mapping[str, Any] = shown.body if shown.status == 200 else NOTHING
        return found

    def _send_off(self, client: Client) -> int:
        """The warehouse dispatches, if there is a parcel."""
        shipments = self._shown(client)["shipments"]
        if not shipments:
            return 0
        parcel = self._dice.choice(shipments)
        client.memory |= {"tracking": parcel["tracking_number"], "shipment": parcel["id"]}
        return client.hand_over(parcel["id"]).status

    def _bring(self, client: Client) -> int:
        """The carrier takes one of the order's parcels a step on, which leaves first if need be."""
        shipments = self._shown(client)["shipments"]
        parcel = self._dice.choice(shipments) if shipments else None
        if parcel is None or parcel["status"] == "label_created":
            return self._send_off(client)
        client.memory |= {"tracking": parcel["tracking_number"], "shipment": parcel["id"]}
        return client.advance().status

    def _send_back(self, client: Client) -> int:
        """What comes next on the way back: it is asked for, and then agreed to, sent and received in any order."""
        shown = self._shown(client)
        if not shown["status"]:
            return 0
        under_way = [one for one in shown["returns"] if one["status"] in {"requested", "authorized", "in_transit"}]
        if not under_way:
            line = self._dice.choice(shown["lines"])
            some = {"sku": line["sku"], "quantity": self._dice.randint(1, line["quantity"])}
            return client.ask_return([some], len(shown["returns"])).status
        one = self._dice.choice(under_way)
        deed = self._dice.choice((self._agree, self._carry_back, self._carry_back, self._receive, self._give_up))
        return deed(client, one)

    def _agree(self, client: Client, one: Mapping[str, Any]) -> int:
        return client.authorize_return(one["id"]).status

    def _carry_back(self, client: Client, one: Mapping[str, Any]) -> int:
        """The carrier takes a return's parcel a step on; some go astray."""
        if not one["label"]:
            return 0
        client.memory |= {"tracking": one["label"]["tracking_number"], "shipment": one["label"]["shipment_id"]}
        return client.advance(self._dice.choice(("", "", "", "lost"))).status

    def _give_up(self, client: Client, one: Mapping[str, Any]) -> int:
        """Support decides on goods that are said to be lost, whatever the carrier says."""
        return client.lose_return(one["id"], self._dice.choice(("refund", "refuse"))).status

    def _receive(self, client: Client, one: Mapping[str, Any]) -> int:
        """The warehouse takes some of what came back, and some of it not."""
        (line,) = one["lines"]
        taken = self._dice.randint(0, line["quantity"])
        parts = {True: taken, False: line["quantity"] - taken}
        lines = [{"sku": line["sku"], "quantity": units, "accepted": ok} for ok, units in parts.items() if units]
        return client.receive_return(one["id"], lines).status

    def _step(self, client: Client) -> int:
        """The carrier takes the parcel a step on; some go astray."""
        astray = self._dice.choice(("", "", "", "", "attempt_failed", "exception", "lost", "returning"))
        return client.advance(astray).status if client.memory.get("tracking") else 0

    def _lose(self, client: Client) -> int:
        """Support gives the parcel up, whatever the carrier says, if it has left."""
        resolution = self._dice.choice(("refund", "reship"))
        return client.give_up(resolution).status if client.memory.get("shipment") else 0
