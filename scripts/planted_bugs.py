"""The bugs that `scripts/mutants` plants: where, what stands there, what comes instead, which tests must see it."""

from dataclasses import dataclass

KERNEL = "layers/minishop/minishop"
ORDERS = "functions/orders/orders"
PAYMENTS = "functions/payments/payments"
SHIPPING = "functions/shipping/shipping"
SANDBOX = "functions/sandbox/sandbox"
CART = "functions/cart/cart"
CATALOG = "functions/catalog/catalog"


@dataclass(frozen=True)
class Mutant:
    """One planted bug. `old` stands exactly once in the file; `tests` is what pytest is given."""

    name: str
    file: str
    old: str
    new: str
    tests: str


MUTANTS = (
    Mutant(
        "failed-entries-unread",
        f"{KERNEL}/relay.py",
        'if not answer["FailedEntryCount"]:',
        'if answer["FailedEntryCount"] >= 0:',
        "tests/unit/minishop/test_relay.py",
    ),
    Mutant(
        "insert-without-condition",
        f"{KERNEL}/dynamodb.py",
        "item.save(condition=Item.pk.does_not_exist())",
        "item.save()",
        "tests/integration/minishop/test_dynamodb.py",
    ),
    Mutant(
        "replace-without-condition",
        f"{KERNEL}/dynamodb.py",
        "item.save(condition=Item.version == expected)",
        "item.save()",
        "tests/integration/minishop/test_dynamodb.py",
    ),
    Mutant(
        "change-leaves-the-outbox",
        f"{KERNEL}/dynamodb.py",
        "item.update(actions=[*actions, Item.outbox.remove()], condition=condition)",
        "item.update(actions=[*actions], condition=condition)",
        "tests/integration/minishop/test_dynamodb.py",
    ),
    Mutant(
        "event-id-without-sequence",
        f"{KERNEL}/events.py",
        'derived_id("evt", source, aggregate_id, str(sequence), str(index), name)',
        'derived_id("evt", source, aggregate_id, str(index), name)',
        "tests/unit/minishop/test_events.py",
    ),
    Mutant(
        "failed-message-taken-as-done",
        f"{KERNEL}/consumer.py",
        "self._hold_back(record, received)\n                return False",
        "self._hold_back(record, received)\n                return True",
        "tests/unit/minishop/test_consumer.py",
    ),
    Mutant(
        "unreadable-message-taken-as-done",
        f"{KERNEL}/consumer.py",
        'logger().exception("message not readable", message_id=record["messageId"])\n            return False',
        'logger().exception("message not readable", message_id=record["messageId"])\n            return True',
        "tests/unit/minishop/test_consumer.py",
    ),
    Mutant(
        "roles-unread",
        f"{KERNEL}/http.py",
        "if request.principal.roles.isdisjoint(route.who):",
        "if not request.principal.roles:",
        "tests/unit/minishop/test_http.py",
    ),
    Mutant(
        "expired-token-let-in",
        f"{KERNEL}/http.py",
        "if 0 < request.principal.expires_at <= clock.system.now().timestamp():",
        "if 0 > request.principal.expires_at:",
        "tests/unit/minishop/test_http.py",
    ),
    Mutant(
        "internal-callers-unread",
        f"{KERNEL}/http.py",
        'or caller["role"] not in {prefix + name for name in route.callers}',
        'or not caller["role"]',
        "tests/unit/minishop/test_http.py",
    ),
    Mutant(
        "derived-ids-run-together",
        f"{KERNEL}/ids.py",
        'digest.update(len(raw).to_bytes(4, "big") + raw)',
        "digest.update(raw)",
        "tests/unit/minishop/test_values.py",
    ),
    Mutant(
        "breaker-never-opens",
        f"{KERNEL}/breaker.py",
        "if self._failures >= self._threshold:",
        "if self._failures > 1_000_000:",
        "tests/unit/minishop/test_breaker.py",
    ),
    Mutant(
        "cursor-signature-unread",
        f"{KERNEL}/cursors.py",
        "not hmac.compare_digest(mac, _mac(payload, scope))",
        "len(mac) != _MAC_BYTES",
        "tests/integration/gate/test_altered_cursors.py tests/unit/minishop",
    ),
    Mutant(
        "depth-unlimited",
        f"{KERNEL}/guard.py",
        "if depth > MAX_DEPTH:",
        "if depth > 1_000_000:",
        "tests/unit/minishop/test_guard.py",
    ),
    Mutant(
        "someone-elses-order-shown",
        f"{ORDERS}/repository.py",
        "return order if order and order.is_visible_to(principal) else None",
        "return order",
        "tests/integration/orders/test_doors.py",
    ),
    Mutant(
        "order-key-reused",
        f"{ORDERS}/use_cases/tracking.py",
        "if done.fingerprint != command.fingerprint:",
        "if not done.fingerprint:",
        "tests/unit/orders",
    ),
    Mutant(
        "held-total-not-compared",
        f"{ORDERS}/use_cases/checkout.py",
        "if totals.total != command.expected_total or wanted",
        "if wanted",
        "tests/unit/orders",
    ),
    Mutant(
        "held-lines-not-compared",
        f"{ORDERS}/use_cases/checkout.py",
        "if totals.total != command.expected_total or wanted != sorted((line.sku, line.quantity) for line in lines):",
        "if totals.total != command.expected_total:",
        "tests/unit/orders",
    ),
    Mutant(
        "paid-without-stock",
        f"{ORDERS}/use_cases/reactions.py",
        "if order.needs_hold_again(now) and not _holds(ports, order):",
        "if order.needs_hold_again(now) and order.id == '':",
        "tests/unit/orders",
    ),
    Mutant(
        "cancelled-after-dispatch",
        f"{ORDERS}/domain/changes.py",
        "if order.status in {Status.SHIPPED, Status.DELIVERED}:",
        "if order.status in {Status.DELIVERED}:",
        "tests/unit/orders",
    ),
    Mutant(
        "captured-amount-unread",
        f"{ORDERS}/domain/changes.py",
        "if amount != order.totals.total:",
        "if amount.currency != order.totals.total.currency:",
        "tests/unit/orders",
    ),
    Mutant(
        "late-window-cancels-a-new-attempt",
        f"{ORDERS}/domain/changes.py",
        "if order.payment.attempt != attempt or order.payment.state is not PaymentStatus.DECLINED:",
        "if order.payment.state is not PaymentStatus.DECLINED:",
        "tests/unit/orders",
    ),
    Mutant(
        "refund-counted-twice",
        f"{ORDERS}/domain/changes.py",
        "if any(known.id == refund.id for known in order.payment.refunds):",
        "if len(order.payment.refunds) > 9:",
        "tests/unit/orders",
    ),
    Mutant(
        "silence-is-a-decline",
        f"{PAYMENTS}/provider.py",
        "return Verdict(Status.UNKNOWN)",
        'return Verdict(Status.DECLINED, decline_code="no_answer")',
        "tests/integration/payments",
    ),
    Mutant(
        "charge-without-idempotency-key",
        f"{PAYMENTS}/provider.py",
        '{"idempotency_key": attempt.id},',
        "{},",
        "tests/integration/payments",
    ),
    Mutant(
        "refund-without-idempotency-key",
        f"{PAYMENTS}/provider.py",
        '{"idempotency_key": refund.id},',
        "{},",
        "tests/integration/payments",
    ),
    Mutant(
        "stale-webhook-taken",
        f"{PAYMENTS}/webhooks.py",
        "if abs(now.timestamp() - signed) > TOLERANCE_SECONDS:",
        "if signed < 0:",
        "tests/integration/payments tests/unit/payments",
    ),
    Mutant(
        "late-charge-of-a-cancelled-order-kept",
        f"{PAYMENTS}/use_cases.py",
        "    ports.payments.remember_cancellation(identity, order_id, at=ports.clock.now())\n",
        "",
        "tests/unit/payments",
    ),
    Mutant(
        "more-refunded-than-captured",
        f"{PAYMENTS}/domain/moves.py",
        "if not 0 < amount <= payment.refundable:",
        "if not 0 < amount:",
        "tests/unit/payments",
    ),
    Mutant(
        "released-money-unposted",
        f"{PAYMENTS}/domain/moves.py",
        "if status in {Status.VOIDED, Status.DECLINED} and before.authorized:",
        "if status in {Status.VOIDED} and not before.authorized:",
        "tests/unit/payments",
    ),
    Mutant(
        "ledger-does-not-balance",
        f"{PAYMENTS}/domain/ledger.py",
        "PostingKind.REFUND: _transfer(CUSTOMER_REFUNDS, PROVIDER_BALANCE, amount),",
        "PostingKind.REFUND: _transfer(CUSTOMER_REFUNDS, PROVIDER_BALANCE, amount)[:1],",
        "tests/unit/payments",
    ),
    Mutant(
        "someone-elses-payment-shown",
        f"{PAYMENTS}/repository.py",
        "return payment if payment and payment.owner == owner else None",
        "return payment",
        "tests/integration/payments",
    ),
    Mutant(
        "unanswered-payment-never-looked-after",
        f"{PAYMENTS}/domain/moves.py",
        "return replace(payment, tries=payment.tries + 1, due_at=at + wait)",
        "return replace(payment, tries=payment.tries + 1, due_at=None)",
        "tests/unit/payments",
    ),
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
        "cart-claimed-by-two-orders",
        f"{CART}/domain.py",
        "if cart.claim.stands(at):",
        "if cart.claim.stands(at) and cart.merged_into:",
        "tests/unit/cart",
    ),
    Mutant(
        "bought-lines-taken-twice",
        f"{CART}/domain.py",
        "if order_id in cart.settled:",
        "if len(cart.settled) > 1_000:",
        "tests/unit/cart",
    ),
    Mutant(
        "provider-charges-a-key-twice",
        f"{SANDBOX}/idempotency.py",
        "kept = ports.books.find_answer(call.key) if call.key else None",
        "kept = None",
        "tests/integration/sandbox/test_provider.py",
    ),
    Mutant(
        "bucket-below-zero",
        f"{CATALOG}/bucket_table.py",
        "allowed: Condition = BucketItem.units >= max(0, -available)",
        "allowed: Condition = BucketItem.units >= -1_000_000",
        "tests/unit/catalog/test_buckets.py tests/unit/catalog/test_stock_machine.py",
    ),
    Mutant(
        "bucket-gives-back-more-than-it-lent",
        f"{CATALOG}/bucket_table.py",
        "allowed &= BucketItem.allocated >= -allocated",
        "allowed &= BucketItem.allocated >= -1_000_000",
        "tests/unit/catalog/test_buckets.py tests/unit/catalog/test_stock_machine.py",
    ),
    Mutant(
        "closed-bucket-takes-units-in",
        f"{CATALOG}/bucket_table.py",
        "allowed &= BucketItem.open == True  # noqa: E712  an expression, not a comparison",
        "pass",
        "tests/unit/catalog/test_buckets.py",
    ),
    Mutant(
        "bucket-closed-with-what-orders-hold-of-it",
        f"{CATALOG}/domain/buckets.py",
        "Shift(number, 0, level.available, level.allocated)",
        "Shift(number, 0, level.available)",
        "tests/unit/catalog/test_buckets.py tests/unit/catalog/test_stock_machine.py",
    ),
    Mutant(
        "last-units-in-several-buckets-unsellable",
        f"{CATALOG}/domain/buckets.py",
        "    for bucket in sorted(around, key=lambda number: levels[number], reverse=True):",
        "    for bucket in sorted(around, key=lambda number: levels[number], reverse=True)[:1]:",
        "tests/unit/catalog/test_buckets.py tests/unit/catalog/test_stock_machine.py",
    ),
    Mutant(
        "further-buckets-not-counted",
        f"{CATALOG}/bucket_table.py",
        "for number in range(1, int(item.bucket_items))]",
        "for number in range(1, int(item.buckets))]",
        "tests/unit/catalog/test_buckets.py",
    ),
    Mutant(
        "written-off-twice",
        f"{CATALOG}/use_cases/levels.py",
        "        if first is not None:\n            losses.refuse_difference(first, wanted)",
        "        if first is not None and first != wanted:\n            losses.refuse_difference(first, wanted)",
        "tests/unit/catalog/test_levels.py tests/unit/catalog/test_stock_machine.py",
    ),
    Mutant(
        "lost-units-come-back-with-the-order",
        f"{CATALOG}/domain/stock.py",
        "left = {line.sku: line.quantity - lost.get(line.sku, 0) for line in self.lines}",
        "left = {line.sku: line.quantity for line in self.lines}",
        "tests/unit/catalog/test_levels.py tests/unit/catalog/test_stock_machine.py",
    ),
    Mutant(
        "replaced-without-taking-from-stock",
        f"{CATALOG}/repository.py",
        "taken = SkuItem.available if write_off.replace else SkuItem.allocated",
        "taken = SkuItem.allocated",
        "tests/integration/catalog/test_ledger.py tests/unit/catalog/test_stock_machine.py",
    ),
    Mutant(
        "return-restocked-twice",
        f"{CATALOG}/repository.py",
        'transaction.insert("restock", restock_item(restock), [restock.event], at=restock.at)',
        'transaction.change("restock", restock_item(restock), [])',
        "tests/integration/catalog/test_ledger.py tests/unit/catalog/test_stock_machine.py",
    ),
    Mutant(
        "ledger-line-written-twice",
        f"{CATALOG}/ledger_table.py",
        'f"{rfc3339(movement.at)}#{movement.id}",',
        'f"{rfc3339(movement.at)}#{movement.id}#{id(movement)}",',
        "tests/integration/catalog/test_ledger.py",
    ),
    Mutant(
        "prolonged-hold-counted-as-taken",
        f"{CATALOG}/domain/stock.py",
        "        taken=taken > 0,\n    )",
        "        taken=True,\n    )",
        "tests/unit/catalog/test_levels.py",
    ),
)
