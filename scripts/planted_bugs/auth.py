"""Bugs planted in auth."""

from scripts.planted_bugs.mutant import Mutant

AUTH = "functions/auth/auth"

MUTANTS = (
    Mutant(
        "erased-customer-keeps-the-sessions",
        f"{AUTH}/use_cases/profiles.py",
        "        ports.sessions.delete_others(user.id, principal.session)\n",
        "        ports.sessions.of(user.id)\n",
        "tests/unit/auth/test_profiles.py",
    ),
    Mutant(
        "payments-of-cut-orders-said-to-be-complete",
        f"{AUTH}/use_cases/profiles.py",
        "complete=payments.complete and orders.complete",
        "complete=payments.complete",
        "tests/unit/auth/test_profiles.py",
    ),
    Mutant(
        "session-alone-removes-the-second-factor",
        f"{AUTH}/use_cases/second_factors.py",
        "    else:\n        raise ProofNeededError\n    ports.factors.remove(",
        "    ports.factors.remove(",
        "tests/unit/auth/test_second_factors.py",
    ),
    Mutant(
        "stale-session-sets-up-a-second-factor",
        f"{AUTH}/use_cases/passwords.py",
        "if session is None or not session.has_just_begun(ports.clock.now()):",
        "if session is None:",
        "tests/unit/auth/test_second_factors.py",
    ),
    Mutant(
        "guesses-at-removal-uncounted",
        f"{AUTH}/use_cases/second_factors.py",
        "taken = take(ports, [(removal_allowance(user.id),)], now)",
        "taken = (removal_allowance(user.id),)",
        "tests/unit/auth/test_second_factors.py",
    ),
    Mutant(
        "password-alone-makes-a-place-known",
        f"{AUTH}/use_cases/sessions.py",
        "guess.proven(ports, is_all=not user.second_factor)",
        "guess.proven(ports, is_all=True)",
        "tests/unit/auth/test_second_factors.py",
    ),
    Mutant(
        "one-network-uses-up-all-codes",
        f"{AUTH}/domain/throttles.py",
        '        Allowance("mfa-network", digest(customer_id, network), NETWORK_CODE_LIMIT),\n',
        "",
        "tests/unit/auth/test_second_factors.py",
    ),
    Mutant(
        "known-place-locked-out-early",
        f"{AUTH}/domain/throttles.py",
        'return ((Allowance("trusted", digest(account), TRUSTED_LIMIT),), common) if trusted else (common,)',
        'return ((Allowance("trusted", digest(account), TRUSTED_LIMIT),),) if trusted else (common,)',
        "tests/unit/auth/test_throttles.py",
    ),
    Mutant(
        "removed-second-factor-untold",
        f"{AUTH}/domain/users.py",
        "return replace(self, second_factor=False), [SecondFactorRemoved(customer_id=self.id)]",
        "return replace(self, second_factor=False), []",
        "tests/unit/auth/test_second_factors.py",
    ),
    Mutant(
        "proven-account-swept",
        f"{AUTH}/domain/users.py",
        "return not self.verified and now - self.registered_at >= UNPROVEN_LIFETIME",
        "return now - self.registered_at >= UNPROVEN_LIFETIME",
        "tests/unit/auth/test_accounts.py",
    ),
    Mutant(
        "sweep-and-proof-both-win",
        f"{AUTH}/repository/users.py",
        'transaction.replace("user", shell, user.erased(), expected=user.version, at=now)',
        'transaction.replace("user", shell, user.erased(), expected=(UserItem.get(principal, "user").version), at=now)',
        "tests/integration/auth/test_unproven.py",
    ),
    Mutant(
        "gate-without-keys-waits",
        f"{AUTH}/keys.py",
        "interval = FETCH_INTERVAL if self._keys else FAILED_INTERVAL",
        "interval = FETCH_INTERVAL",
        "tests/unit/auth/test_tokens.py",
    ),
    Mutant(
        "confirmed-authenticator-replaced",
        f"{AUTH}/use_cases/second_factors.py",
        "if found is not None and found.confirmed:",
        "if found is not None and found.version < 0:",
        "tests/unit/auth/test_second_factors.py",
    ),
    Mutant(
        "stranger-s-password-proven-by-the-owner-s-click",
        f"{AUTH}/domain/users.py",
        "        contested = self.contested or not same_password\n",
        "        contested = self.contested\n",
        "tests/unit/auth/test_contested_addresses.py",
    ),
    Mutant(
        "registration-lost-to-the-sweep-or-a-rival",
        f"{AUTH}/use_cases/accounts.py",
        "            continue  # another came first, or the earlier one was proven or forgotten: look again\n",
        "            return\n",
        "tests/unit/auth/test_contested_addresses.py",
    ),
    Mutant(
        "stale-session-erases",
        f"{AUTH}/use_cases/profiles.py",
        "    prove_again(ports, principal, password, origin)\n    for _",
        "    for _",
        "tests/unit/auth/test_profiles.py",
    ),
)
