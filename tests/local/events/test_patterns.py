"""Event patterns match as EventBridge's user guide says."""

from typing import Any

import pytest

from scripts.local.events.patterns import PatternError, check_pattern, matches

EVENT: dict[str, Any] = {
    "source": "shop.orders",
    "detail-type": "OrderPlaced",
    "resources": ["arn:aws:x:1", "arn:aws:x:2"],
    "detail": {
        "status": "placed",
        "total": 1999,
        "paid": False,
        "note": None,
        "empty": "",
        "none": [],
        "ip": "10.0.1.7",
        "customer": {"tier": "Gold"},
        "lines": [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 5}],
    },
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        # exact values, and/or
        ({"source": ["shop.orders"]}, True),
        ({"source": ["shop.cart", "shop.orders"]}, True),
        ({"source": ["shop.orders"], "detail-type": ["OrderShipped"]}, False),
        ({"detail": {"status": ["placed"], "total": [1999]}}, True),
        ({"detail": {"total": ["1999"]}}, False),
        ({"detail": {"paid": [False]}}, True),
        ({"detail": {"paid": [0]}}, False),
        ({"detail": {"note": [None]}}, True),
        ({"detail": {"empty": [""]}}, True),
        ({"detail": {"missing": [None]}}, False),
        # arrays in the event: any member; of objects: one member as a whole
        ({"resources": ["arn:aws:x:2"]}, True),
        ({"resources": ["arn:aws:x:3"]}, False),
        ({"detail": {"lines": {"sku": ["B"]}}}, True),
        ({"detail": {"lines": {"sku": ["B"], "quantity": [5]}}}, True),
        ({"detail": {"lines": {"sku": ["A"], "quantity": [5]}}}, False),
        # prefix, suffix, case, wildcard
        ({"source": [{"prefix": "shop."}]}, True),
        ({"source": [{"prefix": "orders"}]}, False),
        ({"source": [{"prefix": {"equals-ignore-case": "SHOP"}}]}, True),
        ({"source": [{"suffix": ".orders"}]}, True),
        ({"source": [{"suffix": {"equals-ignore-case": ".ORDERS"}}]}, True),
        ({"detail": {"customer": {"tier": [{"equals-ignore-case": "gOLD"}]}}}, True),
        ({"resources": [{"wildcard": "arn:*:2"}]}, True),
        ({"resources": [{"wildcard": "arn:*:3"}]}, False),
        ({"source": [{"wildcard": "shop\\*orders"}]}, False),
        # anything-but
        ({"source": [{"anything-but": "shop.cart"}]}, True),
        ({"source": [{"anything-but": ["shop.cart", "shop.orders"]}]}, False),
        ({"detail": {"total": [{"anything-but": [1, 2]}]}}, True),
        ({"source": [{"anything-but": {"prefix": "shop"}}]}, False),
        ({"source": [{"anything-but": {"suffix": [".cart", ".auth"]}}]}, True),
        ({"source": [{"anything-but": {"wildcard": "*orders"}}]}, False),
        ({"source": [{"anything-but": {"equals-ignore-case": "SHOP.ORDERS"}}]}, False),
        ({"detail": {"missing": [{"anything-but": "x"}]}}, False),
        # numeric
        ({"detail": {"total": [{"numeric": [">", 0, "<=", 1999]}]}}, True),
        ({"detail": {"total": [{"numeric": ["<", 1999]}]}}, False),
        ({"detail": {"total": [{"numeric": ["=", 1999.0]}]}}, True),
        ({"detail": {"status": [{"numeric": [">", 0]}]}}, False),
        ({"detail": {"paid": [{"numeric": ["=", 0]}]}}, False),
        # exists looks at leaves only
        ({"detail": {"status": [{"exists": True}]}}, True),
        ({"detail": {"status": [{"exists": False}]}}, False),
        ({"detail": {"missing": [{"exists": False}]}}, True),
        ({"detail": {"customer": [{"exists": True}]}}, False),
        ({"detail": {"customer": {"tier": [{"exists": True}]}}}, True),
        ({"detail": {"nobody": {"tier": [{"exists": False}]}}}, True),
        ({"detail": {"none": [{"exists": True}]}}, False),
        ({"detail": {"note": [{"exists": True}]}}, True),
        # cidr, $or
        ({"detail": {"ip": [{"cidr": "10.0.0.0/16"}]}}, True),
        ({"detail": {"ip": [{"cidr": "10.1.0.0/16"}]}}, False),
        ({"detail": {"status": [{"cidr": "10.1.0.0/16"}]}}, False),
        ({"detail": {"$or": [{"total": [{"numeric": [">", 5000]}]}, {"status": ["placed"]}]}}, True),
        ({"detail": {"$or": [{"total": [1]}, {"status": ["x"]}]}}, False),
    ],
)
def test_a_pattern_matches_what_aws_says_it_matches(pattern: dict[str, Any], expected: bool) -> None:
    check_pattern(pattern)
    assert matches(pattern, EVENT) is expected


def test_a_stream_filter_sees_the_leaf_of_a_new_image() -> None:
    outbox = {"dynamodb": {"NewImage": {"outbox": {"S": [{"exists": True}]}}}}
    assert matches(outbox, {"dynamodb": {"NewImage": {"outbox": {"S": "[]"}}}})
    assert not matches(outbox, {"dynamodb": {"NewImage": {"status": {"S": "x"}}}})
    assert not matches(outbox, {"eventName": "REMOVE", "dynamodb": {"OldImage": {"outbox": {"S": "[]"}}}})


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        [],
        {"source": "shop"},
        {"source": []},
        {"source": [["shop"]]},
        {"source": [{"like": "shop"}]},
        {"source": [{"prefix": "a", "suffix": "b"}]},
        {"source": [{"prefix": 7}]},
        {"source": [{"exists": "yes"}]},
        {"source": [{"numeric": [">"]}]},
        {"source": [{"numeric": ["~", 1]}]},
        {"source": [{"numeric": [">", True]}]},
        {"source": [{"anything-but": []}]},
        {"source": [{"anything-but": {"numeric": [">", 1]}}]},
        {"source": [{"cidr": "10.0.0.0/99"}]},
        {"source": [{"wildcard": "a**b"}]},
        {"detail": {"$or": [{}]}},
    ],
)
def test_a_pattern_that_aws_refuses_is_an_error(pattern: Any) -> None:
    with pytest.raises(PatternError):
        check_pattern(pattern)
