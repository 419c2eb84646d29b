"""A whole site in processes of its own: what `wallserver demo` starts, on free ports, in a folder of its own."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

from tests.support.waiting import PATIENCE_S, eventually

# What a house that is new says of the administrator, once its line is there as a whole.
SIGN_IN = re.compile(r"with the password (\S+)\s")
CHOSEN_PASSWORD = "raba siang di losari"
TOO_MANY = 429
ROLES = ("control", "pull", "tile", "gateway", "judge", "public", "city")


async def sign_in(client: httpx.AsyncClient, username: str, password: str) -> dict[str, Any]:
    """As soon as one may: sixty a minute are allowed of one address. What the server says of who that is."""
    answer = await client.post("/api/login", json={"username": username, "password": password})
    while answer.status_code == TOO_MANY:
        await asyncio.sleep(1)
        answer = await client.post("/api/login", json={"username": username, "password": password})
    said: dict[str, Any] = answer.raise_for_status().json()
    return said


@dataclass(slots=True)
class Site:
    """A running `wallserver demo` or `wallserver run`; `password`: the administrator's, who has chosen it."""

    process: asyncio.subprocess.Process
    port: int
    state: Path
    displays: list[str] = field(default_factory=list)
    password: str = ""
    host: str = "127.0.0.1"

    @property
    def credentials(self) -> dict[str, str]:
        """What the administrator signs in with."""
        return {"username": "admin", "password": self.password}

    @property
    def base(self) -> str:
        """The address of its pages."""
        return f"http://{self.host}:{self.port}"

    async def health(self) -> dict[str, Any]:
        """What /healthz says; empty while nothing answers."""
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            try:
                answer: dict[str, Any] = (await client.get(f"{self.base}/healthz", timeout=2)).json()
            except httpx.HTTPError:
                return {}
            return answer

    async def live(self, cameras: int, within: float) -> None:
        """Return when that many cameras are live."""

        async def enough() -> bool:
            return bool((await self.health()).get("cameras", {}).get("live", 0) >= cameras)

        await eventually(enough, within=within, every=0.2)

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """The administrator, signed in."""
        async with httpx.AsyncClient(
            base_url=self.base, headers={"X-Wallserver": "1"}, verify=False, timeout=PATIENCE_S
        ) as client:
            await sign_in(client, **self.credentials)
            yield client

    def roles(self) -> dict[str, list[psutil.Process]]:
        """Its processes by role: bus, control, pull, tile, gateway, public, city, supervisor."""
        root = psutil.Process(self.process.pid)
        found: dict[str, list[psutil.Process]] = {"supervisor": [root]}
        for process in root.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                line = process.cmdline()
                named = next((part for part in line if part in ROLES), None)
                role = "bus" if line and "nats-server" in line[0] else named
                if role:
                    found.setdefault(role, []).append(process)
        return found

    def families(self) -> dict[str, list[psutil.Process]]:
        """Its processes by role, those included that a role has for itself (FFmpeg's, decoders)."""
        families = self.roles()
        for role in families.keys() - {"supervisor"}:
            for process in list(families[role]):
                with contextlib.suppress(psutil.NoSuchProcess):
                    families[role] += process.children(recursive=True)
        return families


async def choose_password(site: Site, first: str) -> None:
    """Sign in with the first password and choose another, as the administrator has to before anything else."""
    ours = {"X-Wallserver": "1"}
    async with httpx.AsyncClient(base_url=site.base, headers=ours, verify=False, timeout=PATIENCE_S) as client:
        signed_in = await client.post("/api/login", json={"username": "admin", "password": first})
        signed_in.raise_for_status()
        chosen = await client.post("/api/me/password", json={"current": first, "new": CHOSEN_PASSWORD})
        chosen.raise_for_status()
    site.password = CHOSEN_PASSWORD


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def running(command: Sequence[str], state: Path, port: int) -> AsyncIterator[Site]:
    """Run `wallserver COMMAND…` until the block ends; its log is `house.log` in `state`."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "house.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "wallserver", *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            yield Site(process, port, state)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), PATIENCE_S)


@contextlib.asynccontextmanager
async def house(
    folder: Path, cameras: list[dict[str, Any]], host: str = "127.0.0.1", **more: Any
) -> AsyncIterator[Site]:
    """`wallserver run` with these cameras in its catalogue and a display `wall-1` that shows them. `more`: settings."""
    port = free_port()
    (folder / "cameras.yaml").write_text(yaml.safe_dump({"cameras": cameras}))
    settings = {
        "state_dir": "state",
        "cameras": "cameras.yaml",
        "http": {"host": host, "port": port},
        "gateway": {"addresses": [host]},
        **more,
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    async with running(["run", "--config", str(folder / "config.yaml")], folder, port) as site:
        said = folder / "house.log"
        await eventually(lambda: SIGN_IN.search(said.read_text()) or process_ended(site), within=120)
        site.host = host
        await choose_password(site, SIGN_IN.findall(said.read_text())[0])
        yield site


@contextlib.asynccontextmanager
async def demo(state: Path, cameras: int, hls: int = 0, per_display: int = 36) -> AsyncIterator[Site]:
    """A simulated city and the wall that shows it; returns when its addresses were printed."""
    port = free_port()
    command = ["demo", "--port", str(port), "--state", str(state), "--cameras", str(cameras), "--hls", str(hls)]
    command += ["--per-display", str(per_display)]
    async with running(command, state, port) as site:
        printed = state / "house.log"
        await eventually(lambda: SIGN_IN.search(printed.read_text()) or process_ended(site), within=120)
        text = printed.read_text()
        site.displays = re.findall(r"Display \d+\s+(\S+)", text)
        await choose_password(site, SIGN_IN.findall(text)[-1])
        yield site


def process_ended(site: Site) -> bool:
    """Fail where the house has ended by itself, with the end of its log."""
    if site.process.returncode is not None:
        raise AssertionError(f"the house ended:\n{(site.state / 'house.log').read_text()[-3000:]}")
    return False
