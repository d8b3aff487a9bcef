"""Bugs planted in shipping."""

from scripts.planted_bugs.mutant import Mutant

SHIPPING = "functions/shipping/shipping"

MUTANTS = (
    Mutant(
        "parcel-moves-backwards",
        f"{SHIPPING}/domain/reports.py",
        "status=report.status if forward else shipment.status,",
        "status=report.status,",
        "tests/unit/shipping",
    ),
    Mutant(
        "stopped-after-it-left",
        f"{SHIPPING}/domain/moves.py",
        "if shipment.dispatched or shipment.status is Status.CANCELLED:",
        "if shipment.status is Status.CANCELLED:",
        "tests/unit/shipping",
    ),
    Mutant(
        "dispatched-though-cancelled",
        f"{SHIPPING}/domain/moves.py",
        "if shipment.status is not Status.LABEL_CREATED:",
        "if shipment.status is Status.PENDING:",
        "tests/unit/shipping",
    ),
    Mutant(
        "report-counted-twice",
        f"{SHIPPING}/domain/reports.py",
        "return entry.key == key or (entry.kind == status.value and entry.at == occurred_at)",
        "return False",
        "tests/unit/shipping",
    ),
    Mutant(
        "latest-word-wins-over-the-furthest",
        f"{SHIPPING}/domain/reports.py",
        "max(times, default=shipment.created_at)",
        "shipment.created_at",
        "tests/unit/shipping",
    ),
    Mutant(
        "lost-parcel-is-delivered-after-all",
        f"{SHIPPING}/domain/shipment.py",
        "return self.status is Status.CANCELLED or self.loss is not None",
        "return self.status is Status.CANCELLED",
        "tests/unit/shipping",
    ),
    Mutant(
        "what-stays-behind-is-forgotten",
        f"{SHIPPING}/domain/moves.py",
        "return replace(answering, offspring=wanting_label(remainder))",
        "return answering",
        "tests/unit/shipping",
    ),
    Mutant(
        "carrier-speaks-of-another-s-parcel",
        f"{SHIPPING}/use_cases/reports.py",
        "if shipment.carrier != carrier or shipment.status is Status.PENDING:",
        "if shipment.status is Status.PENDING:",
        "tests/unit/shipping",
    ),
    Mutant(
        "loss-that-nobody-finishes",
        f"{SHIPPING}/use_cases/losses.py",
        "ports.reminders.settle_later(shipment, at)",
        "pass",
        "tests/unit/shipping",
    ),
    Mutant(
        "sent-once-more-out-of-nothing",
        f"{SHIPPING}/use_cases/losses.py",
        "replace=loss.resolution is Resolution.RESHIP",
        "replace=False",
        "tests/unit/shipping",
    ),
    Mutant(
        "return-label-for-a-stranger",
        f"{SHIPPING}/use_cases/queries.py",
        "shipment = known(ports.shipments.find_for(shipment_id, principal))",
        "shipment = known(ports.shipments.find(shipment_id))",
        "tests/unit/shipping",
    ),
    Mutant(
        "carrier-s-old-secret-is-not-good-any-more",
        f"{SHIPPING}/carriers/sandbox.py",
        "for name in SECRETS if kept.get(name)",
        "for name in SECRETS[:1]",
        "tests/integration/shipping/test_webhooks.py",
    ),
    Mutant(
        "erased-owner-keeps-the-shipments",
        f"{SHIPPING}/use_cases/owners.py",
        "hand_over(ports, owner, NOBODY)",
        "hand_over(ports, NOBODY, owner)",
        "tests/unit/shipping/test_owners.py",
    ),
    Mutant(
        "export-of-somebody-else-s-shipments",
        f"{SHIPPING}/use_cases/queries.py",
        "ports.shipments.latest_of(owner, position)",
        "ports.shipments.made_in(Span(Status.LABEL_CREATED), 100, position)",
        "tests/unit/shipping/test_queries.py",
    ),
    Mutant(
        "parcel-of-goods-that-are-not-sold-yet",
        f"{SHIPPING}/consumer.py",
        "@consumer.on(StockCommitted)\ndef ship(event: Envelope[StockCommitted])",
        "from minishop.contracts.orders import OrderConfirmed\n\n\n"
        "@consumer.on(OrderConfirmed)\ndef ship(event: Envelope[OrderConfirmed])",
        "tests/integration/shipping/test_doors.py",
    ),
)
