"""Who works for which stream: several workers on a real bus, one owner for each stream."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterable

import pytest

from ingest import ownership
from ingest.bus import Bus
from ingest.heartbeat import Heartbeat
from ingest.lease import LEASE_SECONDS, Lease, Leases
from ingest.ownership import Ownership
from ingest.placement import preferred
from tests.ingest.test_lease import Clock
from tests.support.nats import BusServer, server_heard
from tests.support.units import gop
from tests.support.waiting import PATIENCE_S, eventually

STREAMS = [f"cam.c{number}.sub" for number in range(12)]


class Work:
    """What a puller would do for one stream."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.stopped = False

    async def stop(self) -> None:
        self.stopped = True


class Worker:
    """One puller process, as far as ownership goes."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.clock = Clock()
        self.begun: list[Work] = []
        self.heartbeat = Heartbeat(bus, bus.role, bus.worker, dict)
        self.ownership = Ownership(bus, ("cam.",), self.start, clock=self.clock)

    def start(self, stream: str, lease: Lease) -> Work:
        assert stream == lease.stream
        self.begun.append(Work(lease))
        return self.begun[-1]

    @property
    def streams(self) -> set[str]:
        return set(self.ownership.running)


@pytest.fixture(autouse=True)
def no_time_to_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "SETTLE_SECONDS", 0.3)


async def demand(bus_server: BusServer, streams: Iterable[str]) -> Bus:
    control = await bus_server.connect("control")
    await control.bucket("plans").put("hall", {"streams": list(streams)})
    return control


async def test_each_stream_has_the_owner_that_placement_prefers(bus_server: BusServer) -> None:
    await demand(bus_server, [*STREAMS, "mosaic.hall"])
    workers = [Worker(await bus_server.connect("puller", name)) for name in ("one", "two")]
    await eventually(lambda: sum(len(worker.streams) for worker in workers) == len(STREAMS))
    for worker in workers:
        assert worker.streams == {
            stream for stream in STREAMS if preferred(stream, {"one": 1, "two": 1}) == worker.bus.worker
        }
        assert all(work.lease.valid for work in worker.begun)


async def test_what_nobody_demands_is_released_after_a_while(bus_server: BusServer) -> None:
    control = await demand(bus_server, STREAMS[:2])
    worker = Worker(await bus_server.connect("puller"))
    await eventually(lambda: worker.streams == set(STREAMS[:2]))
    await control.bucket("plans").put("hall", {"streams": STREAMS[:1]})
    await eventually(lambda: worker.ownership._demand.streams == {STREAMS[0]})
    await eventually(lambda: worker.ownership._watch._undemanded)
    assert worker.streams == set(STREAMS[:2]), "not at once"
    worker.clock.ahead += ownership.LINGER_SECONDS
    await eventually(lambda: worker.streams == {STREAMS[0]})
    stopped = next(work for work in worker.begun if work.lease.stream == STREAMS[1])
    await eventually(lambda: stopped.stopped and not stopped.lease.valid)


async def test_another_takes_over_from_one_that_leaves(bus_server: BusServer) -> None:
    await demand(bus_server, STREAMS)
    one, two = [Worker(await bus_server.connect("puller", name)) for name in ("one", "two")]
    await eventually(lambda: len(one.streams) + len(two.streams) == len(STREAMS))
    epochs = {work.lease.stream: work.lease.epoch for work in one.begun}
    await one.bus.close()
    assert all(work.stopped for work in one.begun)
    await eventually(lambda: two.streams == set(STREAMS))
    assert all(work.lease.epoch > epochs.get(work.lease.stream, 0) for work in two.begun)


async def test_another_takes_what_the_preferred_one_does_not(bus_server: BusServer) -> None:
    """A worker that is there and does nothing else: its streams are free for longer than a lease lives."""
    await demand(bus_server, STREAMS)
    idle = await bus_server.connect("puller", "idle")
    Heartbeat(idle, "puller", "idle", dict)
    Leases(idle, lambda _: None)
    worker = Worker(await bus_server.connect("puller", "busy"))
    mine = {stream for stream in STREAMS if preferred(stream, {"idle": 1, "busy": 1}) == "busy"}
    await eventually(lambda: worker.streams == mine)
    worker.clock.ahead += LEASE_SECONDS
    await eventually(lambda: worker.streams == set(STREAMS))


async def test_over_a_restart_of_the_bus_the_work_goes_on(bus_server: BusServer) -> None:
    await demand(bus_server, STREAMS)
    workers = [Worker(await bus_server.connect("puller", name)) for name in ("one", "two")]
    await eventually(lambda: sum(len(worker.streams) for worker in workers) == len(STREAMS))
    epochs = {work.lease.stream: work.lease.epoch for worker in workers for work in worker.begun}
    await bus_server.stop()
    await eventually(lambda: not any(worker.bus.connected for worker in workers))
    await bus_server.start()

    def all_regained() -> bool:
        return all(
            work.lease.valid and work.lease.epoch > epochs[work.lease.stream]
            for worker in workers
            for work in worker.begun
        )

    await eventually(all_regained)
    assert sum(len(worker.begun) for worker in workers) == len(STREAMS), "nobody began anew"
    assert not any(work.stopped for worker in workers for work in worker.begun)


async def test_one_whose_stream_another_has_stops_and_its_pictures_are_dropped(bus_server: BusServer) -> None:
    """Readers follow the new owner, the old one is told and stops."""
    stream = STREAMS[0]
    await demand(bus_server, [stream])
    old = Worker(await bus_server.connect("puller", "old"))
    await eventually(lambda: old.streams == {stream})
    gateway = await bus_server.connect("gateway")
    reader = gateway.subscribe(stream)
    await asyncio.sleep(0)  # it has begun to subscribe
    await server_heard(gateway._media)
    before = old.begun[0].lease.epoch
    for au in gop(1, 2, stream=stream, epoch=before):
        old.bus.publish(au)
    async with asyncio.timeout(PATIENCE_S):
        assert [(await reader.next()).epoch for _ in range(2)] == [before] * 2
    new = await bus_server.connect("puller", "new")
    # What it finds when it goes on after a stall: its holder was gone, and another took the stream.
    await new.bucket("holders").create("puller.new", {"token": "t"})
    epoch = await new.bucket("leases").put(stream, {"worker": "new", "token": "t"})
    await new.bucket("holders").delete("puller.old")
    for au in gop(1, 2, stream=stream, epoch=epoch):
        new.publish(au)
    async with asyncio.timeout(PATIENCE_S):
        assert [(await reader.next()).epoch for _ in range(2)] == [epoch] * 2
    for au in gop(3, 2, stream=stream, epoch=before):  # one that does not know it yet
        old.bus.publish(au)
    await eventually(lambda: reader.stale == 2)
    await eventually(lambda: old.begun[0].stopped and not old.streams)


async def test_the_load_evens_out_when_a_worker_comes_back(
    bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownership, "CALM_SECONDS", 0.5)
    monkeypatch.setattr(ownership, "HAND_OVER_SECONDS", 0.05)
    await demand(bus_server, STREAMS)
    one = Worker(await bus_server.connect("puller", "one"))
    await eventually(lambda: one.streams == set(STREAMS))
    two = Worker(await bus_server.connect("puller", "two"))
    theirs = {stream for stream in STREAMS if preferred(stream, {"one": 1, "two": 1}) == "two"}
    await eventually(lambda: two.streams == theirs and one.streams == set(STREAMS) - theirs)
    # Never twice at a time: who hands over has stopped before the other begins.
    before = {work.lease.stream: work for work in one.begun}
    assert all(before[work.lease.stream].stopped for work in two.begun)
    assert len(one.begun) == len(STREAMS), "and none came back"


async def test_what_a_killed_worker_held_is_soon_anothers(bus_server: BusServer) -> None:
    await demand(bus_server, STREAMS)
    one, two = [Worker(await bus_server.connect("puller", name)) for name in ("one", "two")]
    await eventually(lambda: len(one.streams) + len(two.streams) == len(STREAMS))
    # As SIGKILL leaves it: nothing is given back.
    await one.bus._media.close()
    await one.bus._control.close()
    died = asyncio.get_running_loop().time()
    await eventually(lambda: two.streams == set(STREAMS))
    # In 3 s where the machine has nothing else to do. Later than this it would be by something else than their expiry.
    assert asyncio.get_running_loop().time() - died < LEASE_SECONDS + 10


# A process that owns what is demanded and publishes as a puller does: while its lease is valid.
OWNER = """
import asyncio, sys
from pathlib import Path
from ingest import ownership
from ingest.bus import Bus, BusAddress
from ingest.heartbeat import Heartbeat
from ingest.worker import set_up_logs
from tests.support.units import unit

set_up_logs()

class Work:
    def __init__(self, bus, lease):
        self.bus, self.lease, self.task = bus, lease, asyncio.create_task(self.run())
    async def run(self):
        for sequence in range(1_000_000):
            if self.lease.valid:
                au = unit(sequence, stream=self.lease.stream, epoch=self.lease.epoch, keyframe=sequence % 15 == 0)
                self.bus.publish(au)
            await asyncio.sleep(0.01)
    async def stop(self):
        self.task.cancel()
        print("stopped", flush=True)

async def main():
    ownership.SETTLE_SECONDS = 0.1
    bus = await Bus.connect(BusAddress.from_file(Path(sys.argv[1])), "puller", "stalled")
    Heartbeat(bus, "puller", "stalled", dict)
    ownership.Ownership(bus, ("cam.",), lambda stream, lease: Work(bus, lease))
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_process_that_stalls_says_nothing_when_it_goes_on(bus_server: BusServer) -> None:
    """SIGSTOP for longer than a lease lives, another owner, SIGCONT."""
    stream = STREAMS[0]
    await demand(bus_server, [stream])
    gateway = await bus_server.connect("gateway")
    reader = gateway.subscribe(stream)
    stalled = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(bus_server.files["puller"]), stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            first = await reader.next()
        stalled.send_signal(signal.SIGSTOP)
        heir = Worker(await bus_server.connect("puller", "heir"))
        # Its heartbeat and its lease expire, then the heir takes the stream.
        await eventually(lambda: heir.streams == {stream})
        epoch = heir.begun[0].lease.epoch
        assert epoch > first.epoch
        heir.bus.publish(gop(1, 1, stream=stream, epoch=epoch)[0])
        async with asyncio.timeout(PATIENCE_S):
            while (await reader.next()).epoch != epoch:
                pass
        stalled.send_signal(signal.SIGCONT)
        assert stalled.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            assert await stalled.stdout.readline() == b"stopped\n"
        assert reader.stale == 0, "by its own clock it knew at once"
    finally:
        stalled.kill()
        await stalled.wait()
