"""What the domain's tables say, row by row: steps, failures and moves, and the test that shows each.

A row is told by stories (`tests/system/stories`, each a test of `tests/system/test_what_happens.py`, over HTTP against
the running shop) or by other tests, named by their file. `tests/contract/test_rows.py` sees that no row is without one
and no state without a row; `tests/system/test_what_moved.py` sees that the running shop made each move that a story
tells of, and none that is not here.
"""

from dataclasses import dataclass

WHAT_HAPPENS = "tests/system/test_what_happens.py"
RUNNING = "tests/system/test_running.py"
PAYMENTS = "tests/unit/payments/test_payments.py"
REPORTS = "tests/unit/payments/test_reports.py"
STOCK = "tests/unit/catalog/test_stock.py"
LOST_RETURNS = "tests/unit/orders/test_lost_returns.py"
DEPARTURES = "tests/unit/shipping/test_departures.py"
KNOWN = "test_what_was_unknown_becomes_what_the_provider_says"
FREE = "tests/faults/test_free_orders.py::test_an_order_that_costs_nothing_is_confirmed_without_a_charge"


@dataclass(frozen=True)
class Row:
    """A row of a table, with the stories and the tests (`<file>::<function>`) that show it."""

    name: str
    stories: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Move:
    """A move of a machine, from a state (empty: there was nothing before) to another, and what shows it."""

    machine: str
    before: str
    after: str
    story: str = ""
    test: str = ""

    @property
    def name(self) -> str:
        """`order: placed -> confirmed`."""
        return f"{self.machine}: {self.before} -> {self.after}"


STEPS = (
    Row("step 1", ("step_1_an_order_is_placed",)),
    Row(
        "step 2",
        (
            "step_2_it_is_paid",
            "step_2_declined_it_is_paid_by_another_card",
            "step_2_the_bank_asks_and_the_shopper_says_yes",
            "step_2_the_bank_asks_and_the_shopper_says_no",
        ),
    ),
    Row("step 3", ("step_3_it_is_confirmed",)),
    Row("step 4", ("step_4_it_is_dispatched_and_delivered",)),
)

FAILURES = (
    Row("stock gone at checkout", ("stock_gone_at_checkout",)),
    Row("declined, hold runs out", ("declined_hold_runs_out",)),
    Row(
        "paid after the hold ran out",
        (
            "paid_after_the_hold_ran_out_and_the_stock_is_there",
            "paid_after_the_hold_ran_out_and_the_stock_is_gone",
        ),
    ),
    Row(
        "cancelled while placed",
        ("cancelled_while_placed", "cancelled_while_placed_a_charge_that_still_arrives_is_refunded"),
    ),
    Row("cancelled once confirmed, not dispatched", ("cancelled_once_confirmed_not_dispatched",)),
    Row("cancelled, but dispatch won", ("cancelled_but_dispatch_won", "cancelled_but_dispatch_won_the_race")),
    Row("parcel lost", ("parcel_lost_refund", "parcel_lost_reship")),
    Row("returned", ("returned_accepted_lines_are_refunded_and_restocked", "returned_rejected_lines_are_neither")),
    Row("refund fails", ("refund_fails", "refund_fails_after_it_was_made")),
    Row("provider silent", ("provider_silent",)),
    Row("event twice, late or out of order", tests=(f"{WHAT_HAPPENS}::test_event_twice_late_or_out_of_order",)),
    Row("its consumer crashed at any point", tests=(f"{RUNNING}::test_its_consumer_crashed_at_any_point",)),
)

ORDER = (
    Move("order", "", "placed", "step_1_an_order_is_placed"),
    Move("order", "placed", "confirmed", "step_3_it_is_confirmed"),
    Move("order", "confirmed", "shipped", "step_4_it_is_dispatched_and_delivered"),
    Move("order", "shipped", "delivered", "step_4_it_is_dispatched_and_delivered"),
    Move("order", "placed", "cancelled", "cancelled_while_placed"),
    Move("order", "confirmed", "cancel_requested", "cancelled_once_confirmed_not_dispatched"),
    Move("order", "cancel_requested", "cancelled", "cancelled_once_confirmed_not_dispatched"),
    Move("order", "cancel_requested", "shipped", "cancelled_but_dispatch_won_the_race"),
)

RESERVATION = (
    Move("reservation", "", "held", "step_1_an_order_is_placed"),
    Move("reservation", "held", "committed", "step_3_it_is_confirmed"),
    Move("reservation", "held", "released", "cancelled_while_placed"),
    Move("reservation", "held", "expired", "hold_runs_out_while_the_bank_waits"),
    Move("reservation", "expired", "held", "paid_after_the_hold_ran_out_and_the_stock_is_there"),
    Move("reservation", "expired", "released", "paid_after_the_hold_ran_out_and_the_stock_is_gone"),
    Move("reservation", "committed", "released", "cancelled_once_confirmed_not_dispatched"),
    Move("reservation", "", "released", test=f"{STOCK}::test_a_release_before_the_hold_keeps_it_out"),
    Move(
        "reservation",
        "expired",
        "committed",
        test=f"{STOCK}::test_a_commit_of_an_expired_hold_takes_the_stock_again_if_it_is_there",
    ),
)

PAYMENT = (
    Move("payment", "", "pending", "step_2_it_is_paid"),
    Move("payment", "pending", "authorized", "step_2_it_is_paid"),
    Move("payment", "authorized", "captured", "step_2_it_is_paid"),
    Move("payment", "pending", "requires_action", "step_2_the_bank_asks_and_the_shopper_says_yes"),
    Move("payment", "requires_action", "authorized", "step_2_the_bank_asks_and_the_shopper_says_yes"),
    Move("payment", "requires_action", "declined", "step_2_the_bank_asks_and_the_shopper_says_no"),
    Move("payment", "requires_action", "voided", "hold_runs_out_while_the_bank_waits"),
    Move("payment", "pending", "declined", "declined_hold_runs_out"),
    Move("payment", "declined", "pending", "step_2_declined_it_is_paid_by_another_card"),
    Move("payment", "pending", "unknown", "provider_silent"),
    Move("payment", "unknown", "authorized", "provider_silent"),
    Move("payment", "captured", "partially_refunded", "refunded_in_parts_by_support"),
    Move("payment", "partially_refunded", "refunded", "refunded_in_parts_by_support"),
    Move("payment", "captured", "refunded", "cancelled_once_confirmed_not_dispatched"),
    Move("payment", "refunded", "captured", "refund_fails_after_it_was_made"),
    Move("payment", "captured", "disputed", "disputed_and_won"),
    Move("payment", "disputed", "captured", "disputed_and_won"),
    Move(
        "payment",
        "authorized",
        "voided",
        test=f"{PAYMENTS}::test_a_cancellation_in_the_middle_of_an_authorization_is_met_after_it",
    ),
    Move("payment", "authorized", "unknown", test=f"{PAYMENTS}::test_silence_about_a_capture_is_looked_up"),
    Move("payment", "unknown", "captured", test=f"{PAYMENTS}::test_silence_about_a_capture_is_looked_up"),
    Move("payment", "unknown", "requires_action", test=f"{PAYMENTS}::{KNOWN}"),
    Move("payment", "unknown", "declined", test=f"{PAYMENTS}::{KNOWN}"),
    Move("payment", "", "captured", test=FREE),
)

REFUND = (
    Move("refund", "", "requested", "cancelled_once_confirmed_not_dispatched"),
    Move("refund", "requested", "succeeded", "cancelled_once_confirmed_not_dispatched"),
    Move("refund", "requested", "pending", "refund_is_under_way_for_a_while"),
    Move("refund", "pending", "succeeded", "refund_is_under_way_for_a_while"),
    Move("refund", "requested", "failed", "refund_fails"),
    Move("refund", "failed", "succeeded", "refund_fails"),
    Move("refund", "succeeded", "failed", "refund_fails_after_it_was_made"),
)

DISPUTE = (
    Move("dispute", "", "open", "disputed_and_won"),
    Move("dispute", "open", "won", "disputed_and_won"),
    Move("dispute", "open", "lost", "disputed_and_lost"),
    Move("dispute", "", "inquiry", test=f"{REPORTS}::test_an_inquiry_moves_nothing_and_is_not_told"),
    Move("dispute", "inquiry", "closed", test=f"{REPORTS}::test_an_inquiry_moves_nothing_and_is_not_told"),
)

SHIPMENT = (
    Move("shipment", "", "pending", "step_3_it_is_confirmed"),
    Move("shipment", "pending", "label_created", "step_3_it_is_confirmed"),
    Move("shipment", "label_created", "in_transit", "step_4_it_is_dispatched_and_delivered"),
    Move("shipment", "in_transit", "out_for_delivery", "step_4_it_is_dispatched_and_delivered"),
    Move("shipment", "out_for_delivery", "attempt_failed", "step_4_it_is_dispatched_and_delivered"),
    Move("shipment", "attempt_failed", "out_for_delivery", "step_4_it_is_dispatched_and_delivered"),
    Move("shipment", "out_for_delivery", "delivered", "step_4_it_is_dispatched_and_delivered"),
    Move("shipment", "in_transit", "exception", "parcel_lost_reship"),
    Move("shipment", "exception", "out_for_delivery", "parcel_lost_reship"),
    Move("shipment", "exception", "lost", "parcel_lost_reship"),
    Move("shipment", "in_transit", "lost", "parcel_lost_refund"),
    Move("shipment", "in_transit", "returning", "parcel_returned_to_its_sender"),
    Move("shipment", "returning", "returned", "parcel_returned_to_its_sender"),
    Move("shipment", "label_created", "cancelled", "cancelled_once_confirmed_not_dispatched"),
    Move("shipment", "pending", "cancelled", test=f"{DEPARTURES}::test_a_shipment_that_waits_for_its_label_is_stopped"),
    Move("shipment", "", "cancelled", test=f"{DEPARTURES}::test_a_shipment_cancelled_before_it_is_made_is_never_made"),
)

RETURN = (
    Move("return", "", "requested", "cancelled_but_dispatch_won"),
    Move("return", "requested", "authorized", "returned_accepted_lines_are_refunded_and_restocked"),
    Move("return", "authorized", "in_transit", "returned_accepted_lines_are_refunded_and_restocked"),
    Move("return", "in_transit", "received", "returned_accepted_lines_are_refunded_and_restocked"),
    Move("return", "received", "accepted", "returned_accepted_lines_are_refunded_and_restocked"),
    Move("return", "accepted", "refunded", "returned_accepted_lines_are_refunded_and_restocked"),
    Move("return", "authorized", "received", "returned_rejected_lines_are_neither"),
    Move("return", "received", "rejected", "returned_rejected_lines_are_neither"),
    Move("return", "in_transit", "lost", "returned_and_lost_on_its_way"),
    Move("return", "lost", "refunded", "returned_and_lost_on_its_way"),
    Move("return", "authorized", "lost", test=f"{LOST_RETURNS}::test_what_is_not_paid_for_stays_lost_and_sold"),
)

LEDGER = (
    Move("ledger", "", "authorize", "step_2_it_is_paid"),
    Move("ledger", "", "capture", "step_2_it_is_paid"),
    Move("ledger", "", "fee", "step_2_it_is_paid"),
    Move("ledger", "", "refund", "cancelled_once_confirmed_not_dispatched"),
    Move("ledger", "", "refund_failure", "refund_fails_after_it_was_made"),
    Move("ledger", "", "dispute", "disputed_and_won"),
    Move("ledger", "", "dispute_reversal", "disputed_and_won"),
    Move(
        "ledger",
        "",
        "void",
        test=f"{PAYMENTS}::test_what_is_unknown_when_the_order_is_cancelled_is_let_go_once_it_is_known",
    ),
)

TABLES = (*STEPS, *FAILURES)
MOVES = (*ORDER, *RESERVATION, *PAYMENT, *REFUND, *DISPUTE, *SHIPMENT, *RETURN, *LEDGER)
