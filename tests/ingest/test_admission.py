"""Who may connect when: real code in virtual time."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.admission import REDRAW_EVERY_S, Admission, subnet_of
from ingest.backoff import FIRST_S, Backoff, Importance
from tests.ingest.test_token_bucket import most_within
from tests.support.virtual_time import run_in_virtual_time

SHOWN, DEMANDED, REST = Importance
HOST = "10.0.0.1"


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.254", True),
        ("10.0.0.1", "10.0.1.1", False),
        ("10.0.0.1", "::ffff:10.0.0.2", True),
        ("2001:db8::1", "2001:db8:0:0:ffff::1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("0.0.0.10", "::10", False),
    ],
)
def test_subnets(one: str, other: str, same: bool) -> None:
    assert (subnet_of(one) == subnet_of(other)) is same


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(Importance), st.floats(0, 0.3)), max_size=150))
def test_no_100_ms_has_more_than_10_attempts_at_a_host_and_20_in_its_subnet(
    asked: list[tuple[int, Importance, float]],
) -> None:
    attempts: list[tuple[float, int]] = []

    async def ask(admission: Admission, host: int, importance: Importance, at: float) -> None:
        await asyncio.sleep(at)
        await admission.admit(f"10.0.0.{host}", importance)
        attempts.append((now(), host))

    async def main() -> None:
        admission = Admission()
        await asyncio.gather(*(ask(admission, *one) for one in asked))

    run_in_virtual_time(main())
    assert len(attempts) == len(asked), "all have their turn"
    assert most_within([at for at, _ in attempts], 0.0999) <= 20
    for host in range(4):
        assert most_within([at for at, one in attempts if one == host], 0.0999) <= 10


def test_the_most_wanted_go_first_and_who_gives_up_costs_no_turn() -> None:
    order: list[tuple[Importance, int]] = []

    async def ask(admission: Admission, importance: Importance, number: int) -> None:
        await admission.admit(HOST, importance)
        order.append((importance, number))

    async def main() -> None:
        admission = Admission()
        for _ in range(5):
            await admission.admit(HOST, REST)  # the burst
        tasks = [asyncio.create_task(ask(admission, kind, n)) for n in range(10) for kind in (REST, DEMANDED, SHOWN)]
        await asyncio.sleep(0)
        began = now()
        for task in tasks[::3]:
            task.cancel()  # all of the rest
        await asyncio.gather(*tasks, return_exceptions=True)
        assert now() - began == pytest.approx(20 / 50, abs=0.03)

    run_in_virtual_time(main())
    assert order == [(kind, number) for kind in (SHOWN, DEMANDED) for number in range(10)]


def test_several_processes_share() -> None:
    async def seconds_for_hundred(processes: int) -> float:
        admission, began = Admission(processes=lambda: processes), now()
        await asyncio.gather(*(admission.admit(HOST, SHOWN) for _ in range(100)))
        return now() - began

    assert run_in_virtual_time(seconds_for_hundred(1)) == pytest.approx(95 / 50, abs=0.05)
    assert run_in_virtual_time(seconds_for_hundred(4)) == pytest.approx(4 * 99 / 50, abs=0.1)


async def rested(admission: Admission, address: str | None, seconds: float, began: float = 0.0) -> float:
    """How long a wait that was to last so long did last."""
    start = now()
    with admission.resting(address, seconds, began or start) as rest:
        await rest.over()
    return now() - start


def test_the_first_success_in_a_subnet_redraws_its_neighbours_waits() -> None:
    async def main() -> None:
        admission = Admission(draw=lambda: 0.9)
        waits = [asyncio.create_task(rested(admission, address, 60.0)) for address in ("10.0.0.7", "10.0.1.7", None)]
        short = asyncio.create_task(rested(admission, "10.0.0.8", 0.1))
        await asyncio.sleep(0)
        admission.succeeded(HOST)
        assert [await wait for wait in waits] == pytest.approx([0.9 * FIRST_S, 60.0, 60.0])
        assert await short == pytest.approx(0.1)

    run_in_virtual_time(main())


def test_a_camera_that_comes_and_goes_does_not_keep_its_neighbours_awake() -> None:
    async def main() -> None:
        admission = Admission(draw=lambda: 0.5)
        admission.succeeded(HOST)
        await asyncio.sleep(REDRAW_EVERY_S / 2)
        wait = asyncio.create_task(rested(admission, "10.0.0.7", 60.0))
        await asyncio.sleep(0)
        admission.succeeded(HOST)
        assert await wait == pytest.approx(60.0)

    run_in_virtual_time(main())


def test_an_attempt_that_was_begun_before_the_first_success_is_made_again_soon() -> None:
    async def main() -> None:
        admission = Admission(draw=lambda: 0.5)
        began = now()
        await asyncio.sleep(1)
        admission.succeeded(HOST)
        await asyncio.sleep(2)
        assert await rested(admission, "10.0.0.7", 60.0, began) == pytest.approx(0.5 * FIRST_S)
        assert await rested(admission, "10.0.0.7", 60.0) == pytest.approx(60.0)

    run_in_virtual_time(main())


def test_a_wait_is_shortened_and_never_made_longer() -> None:
    async def main() -> None:
        admission = Admission()
        with admission.resting(HOST, 60.0, now()) as rest:
            began = now()
            rest.shorten(100.0)
            rest.shorten(5.0)
            rest.shorten(7.0)
            await rest.over()
            assert now() - began == pytest.approx(5.0)

    run_in_virtual_time(main())


@dataclass(slots=True)
class PowerCut:
    """Cameras behind one address, and the pullers of a site, as they connect: 10 minutes without power in between.

    While it is away a connection hangs for 3 s; after that a camera is up within `boot_s`.
    """

    processes: int
    boot_s: float
    away_from: float = 0.0
    away_until: float = 0.0
    attempts: list[float] = field(default_factory=list)
    back: dict[int, float] = field(default_factory=dict)

    async def run(self, cameras: int, shown: int, seed: int) -> None:
        chance = random.Random(seed)
        self.away_from, self.away_until = now() + 60, now() + 660
        sites = [Admission(lambda: self.processes, chance.random) for _ in range(self.processes)]
        await asyncio.gather(
            *(
                self.camera(sites[n % self.processes], n, SHOWN if n < shown else DEMANDED, chance)
                for n in range(cameras)
            )
        )

    async def camera(self, admission: Admission, number: int, importance: Importance, chance: random.Random) -> None:
        backoff, up_at = Backoff(chance.random), self.away_until + chance.random() * self.boot_s
        while True:
            began = now()
            await admission.admit(HOST, importance)
            self.attempts.append(now())
            if self.away_from <= now() < up_at:
                await asyncio.sleep(3)
                healthy = 0.0
            else:
                await asyncio.sleep(0.1)
                admission.succeeded(HOST)
                if now() > up_at:
                    self.back[number] = now() - up_at
                    return
                healthy = self.away_from - now()
                await asyncio.sleep(healthy)
            with admission.resting(HOST, backoff.next(healthy, importance), began) as rest:
                await rest.over()


@pytest.mark.parametrize(("processes", "boot_s"), [(1, 0.0), (1, 20.0), (3, 0.0)])
@pytest.mark.parametrize("seed", range(2))
def test_300_cameras_come_back_after_a_power_cut(processes: int, boot_s: float, seed: int) -> None:
    cut = PowerCut(processes, boot_s)
    run_in_virtual_time(cut.run(300, 36, seed))
    assert len(cut.back) == 300
    assert most_within(sorted(cut.attempts), 0.0999) <= 20
    waited = sorted(cut.back.values())
    assert waited[int(0.95 * len(waited))] < 15
    assert max(cut.back[number] for number in range(36)) < (5 if boot_s == 0 else 5 + 3 + 0.5)
