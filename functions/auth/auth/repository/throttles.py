"""Counters of failures, and the places that accounts are known at, in the table."""

from datetime import datetime

from auth.domain import WINDOW, Allowance, digest, window_of
from auth.repository.items import ThrottleItem, TrustItem, epoch
from minishop import dynamodb
from minishop.errors import ConcurrentUpdateError


def _item(allowance: Allowance, now: datetime) -> ThrottleItem:
    return ThrottleItem(f"throttle#{allowance.bucket(now)}", "throttle")


class ThrottleTable:
    """Implements `auth.use_cases.Throttles`."""

    def take(self, allowance: Allowance, now: datetime) -> bool:
        """One conditional UpdateItem: however many come at once, no more than the limit get through."""
        failures = ThrottleItem.failures
        actions = [failures.add(1), ThrottleItem.expires_at.set(epoch(window_of(now) + WINDOW))]
        condition = failures.does_not_exist() | (failures < allowance.limit)
        try:
            dynamodb.change(_item(allowance, now), actions, condition=condition)
        except ConcurrentUpdateError:
            return False
        return True

    def give_back(self, allowance: Allowance, now: datetime) -> None:
        """One UpdateItem."""
        actions = [ThrottleItem.failures.add(-1), ThrottleItem.expires_at.set(epoch(window_of(now) + WINDOW))]
        dynamodb.change(_item(allowance, now), actions)

    def is_used_up(self, allowance: Allowance, now: datetime) -> bool:
        """One GetItem."""
        item = ThrottleItem.find(f"throttle#{allowance.bucket(now)}", "throttle")
        return item is not None and int(item.failures) >= allowance.limit

    def trusts(self, account: str, network: str, now: datetime) -> bool:
        """One GetItem."""
        item = TrustItem.find(*_trust_key(account, network))
        return item is not None and now < item.trusted_until

    def distrust(self, account: str) -> None:
        """One Query, and one DeleteItem for each."""
        for item in TrustItem.query(f"trust#{digest(account)}"):
            item.delete()

    def trust(self, account: str, network: str, until: datetime) -> None:
        """One UpdateItem."""
        actions = [TrustItem.trusted_until.set(until), TrustItem.expires_at.set(epoch(until))]
        dynamodb.change(TrustItem(*_trust_key(account, network)), actions)


def _trust_key(account: str, network: str) -> tuple[str, str]:
    return f"trust#{digest(account)}", f"network#{digest(account, network)}"
