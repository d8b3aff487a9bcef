"""The provider's lists, a page at a time: newest first, on from an id in either direction."""

import json
from dataclasses import replace
from typing import Any

from sandbox.expansion import expand, find_object
from sandbox.idempotency import Listed, Listing, ProviderPorts
from sandbox.provider import find_intent
from sandbox.wire import Answer, Call, Params, invalid, no_such

PATHS = {
    "payment_intent": "/v1/payment_intents",
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "dispute": "/v1/disputes",
    "balance_transaction": "/v1/balance_transactions",
    "event": "/v1/events",
}
OF_ONE_INTENT = frozenset({"charge", "refund", "dispute"})  # which may be asked for by it, and by its charge
MOST = 100
USUAL = 10


def _bounds(params: Params) -> tuple[int, int]:
    """[since, until) of `created`, which is a number or has `gt`, `gte`, `lt` and `lte`."""
    given = params.values.get("created", {})
    bounds = {"gte": given, "lte": given} if isinstance(given, str) else dict(given)
    numbers = {name: Params(bounds).whole(name) for name in bounds}
    if not numbers.keys() <= {"gt", "gte", "lt", "lte"}:
        raise invalid("Invalid object: created", param="created")
    since = max(numbers.get("gte", 0), numbers.get("gt", -1) + 1)
    return since, min(numbers.get("lt", 10**10), numbers.get("lte", 10**10) + 1)


def _listing(kind: str, params: Params) -> Listing:
    limit = params.whole("limit", USUAL)
    if not 1 <= limit <= MOST:
        raise invalid("This value must be between 1 and 100.", code="parameter_invalid_integer", param="limit")
    after, before = params.text("starting_after"), params.text("ending_before")
    if after and before:
        raise invalid("You cannot parameterize both starting_after and ending_before.", param="ending_before")
    since, until = _bounds(params)
    return Listing(kind, limit, after or before, bool(before), since, until)


def list_objects(ports: ProviderPorts, call: Call, kind: str) -> Answer:
    """`GET /v1/charges` and its like."""
    params = call.params
    filters = {"event": ("type",), "balance_transaction": ("type", "source")}.get(
        kind, ("payment_intent", "charge") if kind in OF_ONE_INTENT else ()
    )
    params.only("limit", "starting_after", "ending_before", "created", "expand", *filters)
    listing = _listing(kind, params)
    _paths(params)
    wanted = {name: params.text(name) for name in filters if params.text(name)}
    found = _matching(ports, call, listing, wanted)
    page = found[: listing.limit]
    body = {
        "object": "list",
        "data": page[::-1] if listing.backwards else page,
        "has_more": len(found) > listing.limit,
        "url": PATHS[kind],
    }
    return Answer(200, json.dumps(body))


def _matching(ports: ProviderPorts, call: Call, listing: Listing, wanted: dict[str, str]) -> list[dict[str, Any]]:
    """One more than a page of what fits the filters, if there is one more."""
    found: list[dict[str, Any]] = []
    cursor = listing
    while len(found) <= listing.limit:
        entries = ports.books.list_things(cursor)
        for entry in entries:
            thing = _object(ports, call, entry)
            if all(thing.get(name) == value for name, value in wanted.items()):
                found.append(thing)
        if len(entries) <= cursor.limit:
            break
        cursor = replace(listing, after=entries[-1].id)
    return found


def _object(ports: ProviderPorts, call: Call, entry: Listed) -> dict[str, Any]:
    if entry.body:
        event: dict[str, Any] = json.loads(entry.body)
        return event
    intent = find_intent(ports, entry.intent_id)
    thing = find_object(intent, entry.id, call.origin) or {}
    return expand(thing, intent, call.origin, _paths(call.params))


def _paths(params: Params) -> tuple[str, ...]:
    """What is to be expanded in each entry: Stripe's paths begin with `data.`."""
    paths = params.texts("expand")
    for path in paths:
        if not path.startswith("data."):
            raise invalid(f"This property cannot be expanded ({path[:100]}).", param="expand")
    return tuple(path.removeprefix("data.") for path in paths)


def retrieve_event(ports: ProviderPorts, call: Call, event_id: str) -> Answer:
    """`GET /v1/events/{id}`."""
    call.params.only("expand")
    event = ports.books.find_event(event_id)
    if event is None:
        raise no_such("event", event_id)
    return Answer(200, json.dumps(event))
