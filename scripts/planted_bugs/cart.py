"""Bugs planted in cart."""

from scripts.planted_bugs.mutant import Mutant

CART = "functions/cart/cart"

MUTANTS = (
    Mutant(
        "cart-claimed-by-two-orders",
        f"{CART}/domain/carts.py",
        "if cart.is_claimed_for(order_id):\n        return cart\n    if",
        "if cart.claim is not None:\n        return cart\n    if",
        "tests/unit/cart",
    ),
    Mutant(
        "bought-lines-taken-twice",
        f"{CART}/use_cases/claims.py",
        "if not cart.version or order_id in cart.settled:",
        "if not cart.version:",
        "tests/unit/cart",
    ),
    Mutant(
        "line-put-in-again-taken-with-the-order",
        f"{CART}/domain/carts.py",
        "if claimed is not None and line.added_at > claimed.put_at:",
        "if claimed is not None and line.added_at > line.put_at:",
        "tests/unit/cart",
    ),
    Mutant(
        "expired-cart-shown",
        f"{CART}/domain/carts.py",
        "if cart.updated_at is None or at.timestamp() < expiry(cart.updated_at):",
        "if cart.updated_at is None or cart.lines:",
        "tests/unit/cart",
    ),
    Mutant(
        "expired-cart-filled-up",
        f"{CART}/repository.py",
        "Item.pk.exists() & (CartItem.expires_at > int(at.timestamp()))",
        "Item.pk.exists()",
        "tests/integration/cart/test_promotions.py",
    ),
    Mutant(
        "claim-without-condition",
        f"{CART}/repository.py",
        "condition=_alive(at) & filled & free",
        "condition=_alive(at) & filled",
        "tests/integration/cart/test_carts.py",
    ),
    Mutant(
        "guest-s-claim-lost-with-the-merge",
        f"{CART}/domain/carts.py",
        "claim=guest.claim if moved else customer.claim,",
        "claim=customer.claim,",
        "tests/unit/cart",
    ),
    Mutant(
        "older-cart-wins-in-the-cache",
        f"{CART}/cache.py",
        "if version and version > tonumber(ARGV[1]) then return 0 end",
        "if version and version < 0 then return 0 end",
        "tests/integration/cart/test_cache.py",
    ),
    Mutant(
        "somebody-else-s-cart-shown-from-the-cache",
        f"{CART}/cache.py",
        "return cart if cart.owner == owner else None",
        "return cart",
        "tests/integration/cart/test_cache_in_trouble.py",
    ),
    Mutant(
        "cache-s-failure-fails-the-request",
        f"{CART}/cache.py",
        "except (RedisError, OSError, ValueError) as error:",
        "except (OSError, ValueError) as error:",
        "tests/integration/cart/test_cache_in_trouble.py",
    ),
    Mutant(
        "merged-twice",
        f"{CART}/repository.py",
        '        transaction.replace("guest", emptied, expected=guest.version)\n',
        "",
        "tests/integration/cart/test_carts.py",
    ),
    Mutant(
        "cart-claimed-by-all-at-once",
        f"{CART}/repository.py",
        "condition=_alive(at) & filled & free",
        "condition=_alive(at)",
        "tests/integration/cart/test_carts.py",
    ),
    Mutant(
        "erased-cart-stays",
        f"{CART}/use_cases/carts.py",
        "    ports.carts.delete(owner)\n",
        "    ports.carts.find(owner)\n",
        "tests/unit/cart/test_idle_carts.py",
    ),
)
