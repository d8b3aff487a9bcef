"""Ten thousand answers to a refresh that never arrived: whoever asks again in time stays signed in."""

import random

from auth import use_cases
from auth.domain import GRACE
from tests.unit.auth.fakes import Desk

LOST = 10_000
SEED = 20_261_122


def test_no_lost_answer_signs_anybody_out() -> None:
    desk, chance = Desk().verified(), random.Random(SEED)
    token = use_cases.start_guest(desk.ports).refresh_token
    lost = 0
    while lost < LOST:
        never_arrived = {use_cases.refresh(desk.ports, token).refresh_token}
        within = GRACE.total_seconds()
        for _ in range(chance.randint(1, 3)):  # it is asked again, and that may get lost as well
            pause = chance.uniform(0, within)
            within -= pause
            desk.clock.pass_time(seconds=pause)
            never_arrived.add(use_cases.refresh(desk.ports, token).refresh_token)
            lost += 1
        assert len(never_arrived) == 1
        token = never_arrived.pop()
        desk.clock.pass_time(seconds=chance.uniform(0, 900))
    assert use_cases.refresh(desk.ports, token).refresh_token != token
