"""Leases against a real nats-server, and a clock that tests turn."""

from __future__ import annotations

import asyncio
import time

import pytest

from ingest.bus import Bus
from ingest.lease import LEASE_SECONDS, RENEW_SECONDS, VALID_SECONDS, Lease, Leases
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
    one, two = Leases(bus, _fail), Leases(await bus_server.connect("puller", "two"), _fail)
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
    leases = Leases(bus, _fail)
    lease = await leases.acquire(STREAM)
    assert lease is not None
    epoch, until = lease.epoch, time.monotonic() + LEASE_SECONDS
    await eventually(lambda: lease.renewed > until, within=2 * LEASE_SECONDS)
    assert lease.valid
    assert lease.epoch == epoch


async def test_is_not_valid_when_it_could_not_be_renewed_in_time(bus_server: BusServer, bus: Bus) -> None:
    clock = Clock()
    leases = Leases(bus, _fail, clock)
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
    leases = Leases(bus, _fail, clock)
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
    """A worker that stops for longer than its lease lives finds another's there when it goes on."""
    lost: list[Lease] = []
    clock = Clock()
    leases = Leases(bus, lost.append, clock)
    lease = await leases.acquire(STREAM)
    assert lease is not None
    # What others see after such a stall: the entry gone, and made by another.
    other = await bus_server.connect("puller", "two")
    await other.bucket("leases").delete(STREAM)
    taken = await Leases(other, _fail).acquire(STREAM)
    assert taken is not None
    assert taken.epoch > lease.epoch
    await eventually(lambda: lost == [lease], within=2 * RENEW_SECONDS)
    assert not lease.valid
    assert taken.valid


async def test_a_renewal_whose_answer_was_lost_is_no_loss(bus: Bus) -> None:
    leases = Leases(bus, _fail)
    lease = await leases.acquire(STREAM)
    assert lease is not None
    there = await bus.bucket("leases").get(STREAM)
    assert there is not None
    assert there.value is not None
    assert await bus.bucket("leases").update(STREAM, there.value, there.revision)
    epoch, revision = lease.epoch, lease.revision
    await eventually(lambda: lease.revision > revision + 1, within=3 * RENEW_SECONDS)
    assert lease.epoch == epoch


async def test_closing_the_bus_gives_leases_back(bus_server: BusServer, bus: Bus) -> None:
    await Leases(bus, _fail).acquire(STREAM)
    await bus.close()
    two = Leases(await bus_server.connect("puller", "two"), _fail)
    async with asyncio.timeout(1):
        assert await two.acquire(STREAM)


def _fail(lease: Lease) -> None:
    raise AssertionError(f"{lease.stream} is not to be lost")
