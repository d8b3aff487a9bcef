"""All stories, and how they are told: at the same time, since each has people and goods of its own and mostly waits."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from tests.system.shop import Shop, Shopper
from tests.system.stories import cancellations, checkout, money, parcels
from tests.system.teller import Staff, Teller

Story = Callable[[Teller], None]
Outcomes = Mapping[str, "Future[None]"]
AT_ONCE = 6
STORIES: Mapping[str, Story] = {
    story.__name__: story for story in (*checkout.STORIES, *cancellations.STORIES, *parcels.STORIES, *money.STORIES)
}


@contextmanager
def telling(shop: Shop, staff: Staff) -> Iterator[Outcomes]:
    """All stories under way, by name."""

    def tell(story: Story) -> None:
        with Shopper(shop) as me:
            story(Teller(shop, staff, me))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield {name: threads.submit(tell, story) for name, story in STORIES.items()}
