"""Leases against a real nats-server, and a clock that tests turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from ingest.bus import Bus
from ingest.errors import BusError
from ingest.lease import LEASE_SECONDS, VALID_SECONDS, Lease, Leases
from tests.support.nats import BusServer
from tests.support.waiting import eventually

STREAM = "cam.a.sub"


class Clock:
    """The monotonic clock, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
async def bus(bus_server: BusServer) -> Bus:
    return await bus_server.connect("puller", "one")


async def test_one_owner_at_a_time_and_epochs_rise(bus_server: BusServer, bus: Bus) -> None:
    one, two = await begun(bus), await begun(await bus_server.connect("puller", "two"))
    first = await one.acquire(STREAM)
    assert first is not None
    assert first.valid
    assert await one.acquire(STREAM) is first
    assert await two.acquire(STREAM) is None
    await one.release(first)
    assert not first.valid
    second = await two.acquire(STREAM)
    assert second is not None
    assert second.epoch > first.epoch


async def test_is_renewed_for_longer_than_it_lives(bus_server: BusServer, bus: Bus) -> None:
    other = await begun(await bus_server.connect("puller", "two"))
    leases = await begun(bus)
    lease = await leases.acquire(STREAM)
    assert lease is not None
    epoch, until = lease.epoch, time.monotonic() + LEASE_SECONDS
    await eventually(lambda: leases._term.renewed > until)
    assert lease.valid
    assert lease.epoch == epoch
    assert other.taken(STREAM)
    assert await other.acquire(STREAM) is None


async def test_is_not_valid_when_it_could_not_be_renewed_in_time(bus_server: BusServer, bus: Bus) -> None:
    clock = Clock()
    leases = await begun(bus, clock)
    lease = await leases.acquire(STREAM)
    assert lease is not None
    await bus_server.stop()
    await eventually(lambda: not bus.connected)
    assert lease.valid, "a short absence stops no picture"
    clock.ahead = VALID_SECONDS
    assert not lease.valid


async def test_after_a_restart_of_the_bus_it_is_taken_again_with_a_higher_epoch(
    bus_server: BusServer, bus: Bus
) -> None:
    clock = Clock()
    leases = await begun(bus, clock)
    lease = await leases.acquire(STREAM)
    assert lease is not None
    before = lease.epoch
    await bus_server.stop()
    await eventually(lambda: not bus.connected)
    clock.ahead = VALID_SECONDS
    assert not lease.valid
    await bus_server.start()
    await eventually(lambda: lease.valid and lease.epoch > before)


async def test_who_stalled_while_another_took_over_is_told(bus_server: BusServer, bus: Bus) -> None:
    """A worker that stops for longer than its term lasts finds another's lease when it goes on."""
    lost: list[Lease] = []
    leases = await begun(bus, on_lost=lost.append)
    lease, kept = await leases.acquire(STREAM), await leases.acquire("cam.b.sub")
    assert lease is not None
    assert kept is not None
    epoch, kept_epoch = lease.epoch, kept.epoch
    other = await bus_server.connect("puller", "two")
    heir = await begun(other)
    assert await heir.acquire(STREAM) is None, "its holder is there"
    # What others see of such a stall: the holder gone.
    await asyncio.gather(_end_term(leases), other.bucket("holders").delete("puller.one"))
    taken = await heir.acquire(STREAM)
    assert taken is not None
    assert taken.epoch > epoch
    leases._task = bus.essential(leases._keep(), "keep leases")  # it goes on
    await eventually(lambda: lost == [lease])
    assert not lease.valid
    assert taken.valid
    await eventually(lambda: kept.valid)
    assert kept.epoch > kept_epoch, "what nobody took is its own again"


async def test_a_renewal_whose_answer_was_lost_is_no_loss(bus: Bus) -> None:
    leases = await begun(bus)
    lease = await leases.acquire(STREAM)
    assert lease is not None
    epoch, token = lease.epoch, leases._term.token
    there = await bus.bucket("holders").get("puller.one")
    assert there is not None
    assert there.value is not None
    await bus.bucket("holders").put("puller.one", there.value)
    after = time.monotonic()
    await eventually(lambda: leases._term.renewed > after)
    assert lease.valid
    assert (lease.epoch, leases._term.token) == (epoch, token)


class Trying(Leases):
    """Counts how often a term was begun or renewed, or could not be."""

    tried = 0

    async def _renew(self, asked: float) -> None:
        try:
            await super()._renew(asked)
        finally:
            self.tried += 1


async def test_two_processes_of_one_name_hold_nothing_together(bus_server: BusServer, bus: Bus) -> None:
    first = await begun(bus)
    assert await first.acquire(STREAM)
    second = Trying(await bus_server.connect("puller", "one"), _fail)
    await eventually(lambda: second.tried >= 2)
    with pytest.raises(BusError):
        await second.acquire(STREAM)


async def test_closing_the_bus_gives_leases_back(bus_server: BusServer, bus: Bus) -> None:
    await (await begun(bus)).acquire(STREAM)
    await bus.close()
    two = await begun(await bus_server.connect("puller", "two"))
    assert await two.acquire(STREAM)


async def begun(
    bus: Bus, clock: Callable[[], float] = time.monotonic, on_lost: Callable[[Lease], None] | None = None
) -> Leases:
    """Leases whose first term has begun, and that know what others hold."""
    leases = Leases(bus, on_lost or _fail, clock)
    await eventually(lambda: leases._term.valid and leases.synced)
    return leases


async def _end_term(leases: Leases) -> None:
    leases._task.cancel()
    await asyncio.gather(leases._task, return_exceptions=True)


def _fail(lease: Lease) -> None:
    raise AssertionError(f"{lease.stream} is not to be lost")
