"""Bugs planted in sandbox."""

from scripts.planted_bugs.mutant import Mutant

SANDBOX = "functions/sandbox/sandbox"

MUTANTS = (
    Mutant(
        "provider-charges-a-key-twice",
        f"{SANDBOX}/idempotency.py",
        "kept = ports.books.find_answer(call.key) if call.key else None",
        "kept = None",
        "tests/integration/sandbox/test_provider.py",
    ),
)
