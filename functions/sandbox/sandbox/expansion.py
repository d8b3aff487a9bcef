"""Objects by their ids, and objects in which an id is replaced by what it names, as `expand` asks for."""

from typing import Any

from sandbox.balance_objects import dispute_object, transaction_object
from sandbox.intents import Intent
from sandbox.methods import METHODS
from sandbox.objects import charge_object, intent_object, payment_method_object, refund_object
from sandbox.wire import invalid

EXPANDABLE = frozenset(
    {
        *("latest_charge", "charge", "balance_transaction", "failure_balance_transaction", "payment_intent", "source"),
        "payment_method",
    }
)


def find_object(intent: Intent, identity: str, origin: str) -> dict[str, Any] | None:
    """The intent, or whatever of it has this id; or the payment method."""
    if identity == intent.id:
        return intent_object(intent, origin)
    for charge in intent.charges:
        if charge.id == identity:
            return charge_object(intent, charge)
    for refund in intent.refunds:
        if refund.id == identity:
            return refund_object(intent, refund)
    for dispute in intent.disputes:
        if dispute.id == identity:
            return dispute_object(intent, dispute)
    for transaction in intent.transactions:
        if transaction.id == identity:
            return transaction_object(intent, transaction)
    return payment_method_object(identity) if identity in METHODS else None


def expand(thing: dict[str, Any], intent: Intent, origin: str, paths: tuple[str, ...]) -> dict[str, Any]:
    """`thing` with what `paths` (`latest_charge.balance_transaction`) name in full. Raises ProviderError."""
    for path in paths:
        place: Any = thing
        for name in path.split("."):
            if not isinstance(place, dict) or name not in EXPANDABLE or name not in place:
                raise invalid(f"This property cannot be expanded ({path[:100]}).", param="expand")
            if isinstance(place[name], str):
                place[name] = find_object(intent, place[name], origin)
            place = place[name]
            if place is None:
                break
    return thing
