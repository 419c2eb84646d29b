"""A wrong password is tried once by all together, and again when it is another or its time is over."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from ingest import causes
from ingest.bus import Bus
from ingest.camera_state import State
from ingest.refusals import REFUSED_RETRY_S, Refusals
from ingest.source import SourceError, SourceSpec
from tests.support.nats import BusServer
from tests.support.virtual_time import run_in_virtual_time
from tests.support.waiting import eventually

REFUSED = SourceError(State.REFUSED, causes.WRONG_PASSWORD)


def spec(credential: str = "one", quality: str = "main", camera: str = "a") -> SourceSpec:
    return SourceSpec(f"cam.{camera}.{quality}", "rtsp://h/x", "u", "p", credential=credential)


async def tried(refusals: Refusals, source: SourceSpec, outcome: SourceError | None = REFUSED) -> bool:
    """Whether a connection was made at all; it ends as `outcome` says."""
    reached = False
    with contextlib.suppress(SourceError):
        async with refusals.login(source) as accepted:
            reached = True
            await asyncio.sleep(0.1)
            if outcome is not None:
                raise outcome
            accepted()
    return reached


def test_the_password_is_tried_again_when_its_time_is_over() -> None:
    async def main() -> None:
        refusals, loop = Refusals(), asyncio.get_running_loop()
        attempts, began = [], loop.time()
        while loop.time() < began + 3600:
            if await tried(refusals, spec()):
                attempts.append(loop.time())
            await asyncio.sleep(10)
        assert len(attempts) == 3
        assert attempts[1] - attempts[0] >= REFUSED_RETRY_S

    run_in_virtual_time(main())


def test_the_streams_of_a_camera_try_it_once_together() -> None:
    async def main() -> None:
        refusals = Refusals()
        assert await asyncio.gather(*(tried(refusals, spec(quality=name)) for name in ("main", "sub"))) == [True, False]
        assert await tried(refusals, spec(camera="b")), "another camera is another matter"

    run_in_virtual_time(main())


def test_another_password_is_tried_at_once_and_one_that_is_right_by_all_at_once() -> None:
    async def main() -> None:
        refusals, loop = Refusals(), asyncio.get_running_loop()
        await tried(refusals, spec())
        assert await tried(refusals, spec("two"), outcome=None)
        began = loop.time()
        both = (tried(refusals, spec("two", quality), outcome=None) for quality in ("main", "sub"))
        assert await asyncio.gather(*both) == [True, True]
        assert loop.time() - began == pytest.approx(0.1)

    run_in_virtual_time(main())


@pytest.mark.parametrize("cause", [causes.NO_REPLY, causes.FORBIDDEN])
def test_what_says_nothing_of_the_password_holds_nobody(cause: causes.Cause) -> None:
    async def main() -> None:
        refusals = Refusals()
        outcome = SourceError(State.UNREACHABLE, cause)
        assert await asyncio.gather(*(tried(refusals, spec(), outcome) for _ in range(2))) == [True, True]

    run_in_virtual_time(main())


async def connected(server: BusServer, worker: str) -> tuple[Bus, Refusals]:
    bus = await server.connect("puller", worker)
    refusals = Refusals(bus)
    mirror = refusals._mirror
    assert mirror is not None
    await eventually(lambda: mirror.synced)
    return bus, refusals


async def test_a_puller_that_starts_again_and_one_that_takes_over_do_not_try_it(bus_server: BusServer) -> None:
    bus, first = await connected(bus_server, "p1")
    _, other = await connected(bus_server, "p2")
    assert await tried(first, spec())
    await bus.close()
    _, again = await connected(bus_server, "p1")
    for refusals in (other, again):
        assert not await tried(refusals, spec(quality="sub"))
        assert await tried(refusals, spec("two"), outcome=None)


async def test_while_the_bus_is_away_a_puller_knows_of_its_own(bus_server: BusServer) -> None:
    bus, refusals = await connected(bus_server, "p1")
    await bus_server.stop()
    await eventually(lambda: not bus.connected)
    assert await tried(refusals, spec())
    assert not await tried(refusals, spec())
