"""`wallserver run` as its user knows it: it comes up, it goes down in time, nothing is left behind."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
import yaml

from tests.support.site import Site, free_port, running
from tests.support.waiting import eventually

EVERY_ROLE = {"control", "pull", "tile", "gateway", "judge", "bus", "supervisor"}


@asynccontextmanager
async def a_house(folder: Path) -> AsyncIterator[Site]:
    port = free_port()
    config = folder / "config.yaml"
    config.write_text(
        yaml.safe_dump({"state_dir": "state", "http": {"port": port}, "gateway": {"addresses": ["127.0.0.1"]}})
    )
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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One for all tests that leave it as it was: to start it takes as long as all of them."""
    async with a_house(tmp_path_factory.mktemp("house")) as site:
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
    code = await asyncio.wait_for(house.process.wait(), 10)
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
