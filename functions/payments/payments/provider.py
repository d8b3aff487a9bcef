"""The payment provider: Stripe's API, through Stripe's own library.

Every request that moves money carries an idempotency key that is kept in the table before the request is made, and is
made once: asking again is the queue's and the schedule's business, with the same key.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from minishop.errors import MinishopError
from minishop.observability import logger
from minishop.secrets import secret_field
from payments import answers
from payments.answers import CHARGE
from payments.domain.payment import Payment, ProviderSilentError, Refund
from payments.domain.reconciliation import BalanceMovement
from payments.domain.states import RefundStatus, Status
from payments.domain.verdicts import DisputeVerdict, RefundVerdict, Verdict

if TYPE_CHECKING:
    import stripe

CONNECT_SECONDS = 2.0
READ_SECONDS = 6.0
NOT_OURS = frozenset({"payout", "payout_cancel", "payout_failure"})  # between the provider and the shop's bank
SHOPPERS_FAULT = frozenset({"payment_method", "amount"})  # a refusal of these parameters is a decline


class ProviderRefusedError(MinishopError):
    """The provider refuses the request as such: a wrong key, a wrong parameter. Nobody's card is to blame."""


class StripeProvider:
    """Implements `payments.use_cases.ports.Provider`."""

    @cached_property
    def _connections(self) -> "stripe.RequestsClient":
        import stripe

        return stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS))

    @property
    def client(self) -> "stripe.StripeClient":
        """Made anew for each request, so that a rotated key takes effect; its connections stay open."""
        import stripe

        return stripe.StripeClient(
            secret_field(os.environ["PROVIDER_SECRET"], "api_key"),
            base_addresses={"api": os.environ["PROVIDER_URL"]},
            http_client=self._connections,
            max_network_retries=0,
        )

    def authorize(self, payment: Payment) -> Verdict:
        """One POST; sets the money aside."""
        attempt = payment.current
        names = {"order_id": payment.order_id, "payment_id": payment.id, "attempt_id": attempt.id}
        return self._ask(
            payment,
            lambda: self.client.v1.payment_intents.create(
                {
                    "amount": payment.amount.amount,
                    "currency": payment.amount.currency.lower(),
                    "payment_method": attempt.payment_method,
                    "allowed_payment_method_types": ["card"],
                    "capture_method": "manual",
                    "confirm": True,
                    "metadata": names,
                    "return_url": f"{os.environ['PUBLIC_URL']}/orders/{payment.order_id}",
                },
                {"idempotency_key": attempt.id},
            ),
        )

    def look_up(self, payment: Payment) -> Verdict:
        """One GET."""
        reference = payment.current.provider_ref
        return self._ask(payment, lambda: self.client.v1.payment_intents.retrieve(reference, {"expand": [CHARGE]}))

    def capture(self, payment: Payment) -> Verdict:
        """One POST; a GET after it when the provider says that it is no longer possible."""
        attempt = payment.current
        return self._ask(
            payment,
            lambda: self.client.v1.payment_intents.capture(
                attempt.provider_ref, {"expand": [CHARGE]}, {"idempotency_key": f"{attempt.id}:capture"}
            ),
        )

    def void(self, payment: Payment) -> Verdict:
        """One POST; a GET after it when the provider says that it is no longer possible."""
        attempt = payment.current
        return self._ask(
            payment,
            lambda: self.client.v1.payment_intents.cancel(
                attempt.provider_ref, {}, {"idempotency_key": f"{attempt.id}:void"}
            ),
        )

    def refund(self, payment: Payment, refund: Refund) -> RefundVerdict:
        """One POST; one GET instead where the provider has taken the refund up already."""
        if refund.provider_ref and refund.status is RefundStatus.PENDING:
            return self.look_up_refund(refund)
        return self._ask_refund(
            refund,
            lambda: self.client.v1.refunds.create(
                {
                    "payment_intent": payment.current.provider_ref,
                    "amount": refund.amount.amount,
                    "metadata": {"payment_id": payment.id, "refund_id": refund.id},
                },
                {"idempotency_key": refund.key},
            ),
        )

    def look_up_refund(self, refund: Refund) -> RefundVerdict:
        """One GET."""
        return self._ask_refund(refund, lambda: self.client.v1.refunds.retrieve(refund.provider_ref))

    def look_up_dispute(self, dispute_id: str) -> DisputeVerdict:
        """One GET. Raises ProviderSilentError and ProviderRefusedError."""
        import stripe

        try:
            dispute = self.client.v1.disputes.retrieve(dispute_id, {"expand": ["payment_intent"]})
        except stripe.InvalidRequestError as error:
            raise ProviderRefusedError(f"{error.http_status} {error.code}") from error
        except stripe.StripeError as error:
            _check_silent(error)
            raise ProviderSilentError(type(error).__name__) from error
        return answers.dispute_verdict(dispute)

    def movements(self, start: datetime, end: datetime) -> Iterator[BalanceMovement]:
        """One GET for each hundred. Raises ProviderSilentError and ProviderRefusedError."""
        import stripe

        since, until = int(start.timestamp()), int(end.timestamp())
        try:
            listed = self.client.v1.balance_transactions.list({"created": {"gte": since, "lt": until}, "limit": 100})
            for transaction in listed.auto_paging_iter():
                if transaction.type not in NOT_OURS:
                    yield answers.movement(transaction)
        except stripe.StripeError as error:
            _check_silent(error)
            raise ProviderSilentError(type(error).__name__) from error

    def _ask_refund(self, refund: Refund, request: "Callable[[], stripe.Refund]") -> RefundVerdict:
        import stripe

        try:
            return answers.refund_verdict(request())
        except (stripe.InvalidRequestError, stripe.CardError) as error:
            logger().error("refund refused", refund_id=refund.id, code=error.code)
            return RefundVerdict(RefundStatus.FAILED, code=error.code or "refused")
        except stripe.StripeError as error:
            _check_silent(error)
            return RefundVerdict(RefundStatus.REQUESTED)

    def _ask(self, payment: Payment, request: "Callable[[], stripe.PaymentIntent]") -> Verdict:
        """What the provider says. Raises ProviderRefusedError."""
        import stripe

        try:
            return answers.verdict(request())
        except stripe.CardError as error:
            return self._declined(payment, error)
        except stripe.InvalidRequestError as error:
            if error.code == "payment_intent_unexpected_state":
                return self.look_up(payment)
            if error.param in SHOPPERS_FAULT and not payment.current.provider_ref:
                return Verdict(Status.DECLINED, decline_code=error.code or "declined")
            raise ProviderRefusedError(f"{error.http_status} {error.code}") from error
        except stripe.StripeError as error:
            _check_silent(error)
            return Verdict(Status.UNKNOWN)

    def _declined(self, payment: Payment, error: "stripe.CardError") -> Verdict:
        if payment.current.provider_ref:  # a capture that the issuer refuses: the intent knows what it is now
            return self.look_up(payment)
        body = error.json_body["error"] if isinstance(error.json_body, dict) else {}
        reference = str((body.get("payment_intent") or {}).get("id", ""))
        code = str(body.get("decline_code") or error.code or "declined")
        return Verdict(Status.DECLINED, reference, decline_code=code)


def _check_silent(error: "stripe.StripeError") -> None:
    """Logs that there was no answer to rely on. Raises ProviderRefusedError when there was one, about us."""
    import stripe

    if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError, stripe.IdempotencyError)):
        raise ProviderRefusedError(type(error).__name__) from error
    logger().warning("provider does not answer", reason=type(error).__name__, status=error.http_status)
