"""What happens to a payment in these tests, in a line each."""

from typing import Any

from minishop.money import Money
from payments.domain.moves import payment_id
from payments.domain.payment import Payment
from payments.domain.reports import Report
from payments.domain.states import Status
from payments.domain.verdicts import Verdict
from payments.use_cases import paying, reporting
from payments.use_cases.paying import PaymentCommand
from tests.unit.payments.fakes import FEE, World

ORDER = "ord_1"
PAYMENT = payment_id(ORDER)
TOTAL = Money(4380, "EUR")
COMMAND = PaymentCommand(ORDER, "cus_ada", 1, TOTAL, "pm_card_visa", "correlation-1")
SILENCE = Verdict(Status.UNKNOWN)
TAKEN = {"provider_balance": 4380 - FEE, "provider_fees": FEE, "customer_payments": -4380}
GIVEN_BACK = {**TAKEN, "provider_balance": -FEE, "customer_refunds": 4380}


def pay(world: World, command: PaymentCommand = COMMAND) -> None:
    paying.request_payment(world.ports, command)


def cancel(world: World) -> None:
    paying.cancel_payment(world.ports, ORDER)


def payment(world: World) -> Payment:
    found = world.payments.find(PAYMENT)
    assert found is not None
    return found


def reconcile(world: World) -> None:
    world.clock.pass_time(minutes=6)
    for due in paying.due_payments(world.ports):
        reporting.look_after_due(world.ports, due)


def retry_suspects(world: World) -> int:
    """How many have taken effect."""
    return sum(reporting.retry_suspect(world.ports, due) for due in reporting.due_suspects(world.ports))


def report(world: World, kind: str = "payment_intent.succeeded", **about: Any) -> None:
    number = len(world.reports.known) + len(world.reports.kept)
    told = Report("stripe", f"evt_{number}", kind, **{"payment_id": PAYMENT, **about})
    reporting.take_report(world.ports, told)
