"""`wallserver run` as its user knows it: it comes up, it goes down in time, nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio
import yaml

from tests.support.hostile_camera import refuses_every_password
from tests.support.oidc_provider import Provider, provider_of
from tests.support.rtsp_camera import RtspCamera, rtsp_camera
from tests.support.site import CHOSEN_PASSWORD, SIGN_IN, Site, choose_password, free_port, running
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver import canaries

EVERY_ROLE = {"control", "pull", "tile", "gateway", "judge", "bus", "supervisor"}


@contextlib.asynccontextmanager
async def a_house(folder: Path, **more: Any) -> AsyncIterator[Site]:
    port = free_port()
    config = folder / "config.yaml"
    settings = {"state_dir": "state", "http": {"port": port}, "gateway": {"addresses": ["127.0.0.1"]}, **more}
    config.write_text(yaml.safe_dump(settings))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a background job of a script inherits it
    try:
        async with running(["run", "--config", str(config)], folder, port) as site:
            signal.signal(signal.SIGINT, before)
            await eventually(lambda: all_there(site), within=60, every=0.1)
            yield site
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Site]:
    """One that a test may end."""
    async with a_house(tmp_path) as site:
        yield site


@dataclass(frozen=True, slots=True)
class Planted:
    """What a house that has secrets is surrounded by."""

    playing: RtspCamera
    refusing: RtspCamera
    provider: Provider


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def planted() -> AsyncIterator[Planted]:
    async with rtsp_camera() as playing, rtsp_camera(refuses_every_password) as refusing:
        with provider_of(canaries.SITI) as provider:
            yield Planted(playing, refusing, provider)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting_house(tmp_path_factory: pytest.TempPathFactory, planted: Planted) -> AsyncIterator[Site]:
    """One for all tests that leave it as it was: to start it takes as long as all of them."""
    folder = tmp_path_factory.mktemp("house")
    catalogue = {"cameras": canaries.cameras(planted.playing, planted.refusing)}
    (folder / "cameras.yaml").write_text(yaml.safe_dump(catalogue))
    async with a_house(folder, cameras="cameras.yaml", **canaries.settings(planted.provider)) as site:
        yield site


async def all_there(site: Site) -> bool:
    workers = (await site.health()).get("workers", {})
    return bool(workers) and all(workers.values()) and site.roles().keys() >= EVERY_ROLE


def pids(site: Site) -> list[psutil.Process]:
    return [process for processes in site.roles().values() for process in processes]


def none_left(processes: list[psutil.Process]) -> bool:
    def runs(process: psutil.Process) -> bool:
        try:
            return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return not any(runs(process) for process in processes)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_everything_and_nothing_has_to_be_killed(house: Site, number: signal.Signals) -> None:
    """Each process leaves by itself within its 2.5 s: else it, or the supervisor, would say so.

    That the house as a whole takes less than 4 s is seen beside the supervisor, with children that need no CPU.
    """
    processes = pids(house)
    house.process.send_signal(number)
    code = await asyncio.wait_for(house.process.wait(), PATIENCE_S)
    assert code == 0
    assert none_left(processes)
    assert "did not stop in time" not in (house.state / "house.log").read_text()


async def test_kill_9_of_the_parent_leaves_nothing_behind(house: Site) -> None:
    processes = pids(house)
    house.process.kill()
    await house.process.wait()
    await eventually(lambda: none_left(processes))


@pytest.mark.asyncio(loop_scope="module")
async def test_no_password_stands_on_a_command_line(lasting_house: Site) -> None:
    house = lasting_house
    secrets = [yaml.safe_load(path.read_text())["password"] for path in (house.state / "state/bus").glob("*.yaml")]
    assert len(secrets) == 6
    lines = [" ".join(process.cmdline()) for process in pids(house)]
    log = (house.state / "house.log").read_text()
    assert not any(secret in line for secret in secrets for line in [*lines, log])


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", ["pull", "tile", "gateway", "judge", "control", "bus"])
async def test_a_child_that_dies_comes_back_and_its_cause_is_logged(lasting_house: Site, role: str) -> None:
    house = lasting_house
    await eventually(lambda: all_there(house), within=60, every=0.1)
    log = house.state / "house.log"
    said_before = len(log.read_text())
    (child,) = house.roles()[role]
    child.kill()

    async def another() -> bool:
        found = house.roles().get(role, [])
        return bool(found) and found[0].pid != child.pid and await all_there(house)

    await eventually(another, within=60, every=0.1)
    assert "killed by SIGKILL" in log.read_text()[said_before:]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_house_that_has_lived_tells_no_secret_to_anybody(lasting_house: Site, planted: Planted) -> None:
    """No answer of any route to anybody, nothing that any process logged, no figure and no other file; by now each
    process has died once, and every kind of secret has been used."""
    house, told = lasting_house, canaries.Told()
    await eventually(lambda: all_there(house), within=60, every=0.1)
    log = house.state / "house.log"
    await choose_password(house, SIGN_IN.findall(log.read_text())[0])
    await eventually(lambda: "Digest " in str(planted.refusing.requests) and planted.playing.pictures, within=60)
    assert canaries.QUERY in planted.playing.requests[0].url
    people = await canaries.lives(house, told, planted.provider)
    await canaries.asked(told, people)
    for client in people.values():
        await client.aclose()
    canaries.written(house.state, told)
    secrets = [*canaries.PLANTED, CHOSEN_PASSWORD, *canaries.of_the_bus(house.state)]
    assert len(secrets) == len(canaries.PLANTED) + 1 + 6
    assert told.found(secrets) == []
    assert {where for where, _ in told.texts} > {"house.log", "state/wallserver.db", "admin: GET /metrics"}
    least = {"nobody": 15, "viewer": 40, "operator": 60, "supervisor": 60, "admin": 80, "display": 10, "player": 15}
    assert {who: count for who, count in told.successes.items() if count < least.get(who, 0)} == {}
    known = canaries.Told([("where they were written", (house.state / "config.yaml").read_text())])
    assert len(known.found(secrets)) == 2  # of OpenID Connect and TURN: what is looked for would be found
