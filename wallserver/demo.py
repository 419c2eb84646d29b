"""`wallserver demo`: a simulated city, and a site like any other that watches it.

The site's config.yaml, database and secrets stand in the state folder, one site for each size of city; the clips are
shared. Nothing here is known to the house: its cameras have addresses and passwords as real ones do.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from ingest.bus_address import write_private
from ingest.schedule import Risk
from ingest.supervisor import Child, Supervisor
from layouts.presets import wall_showing
from layouts.wall import Wall
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.certificate import self_signed
from wallserver.city.city import clip_folder
from wallserver.city.clips import missing_clips
from wallserver.city.names import CityCamera, city_cameras
from wallserver.config import HttpSettings, Settings, load_settings
from wallserver.house import children
from wallserver.in_use import check_port_free, state_lock
from wallserver.people import People, open_people

WALL = "makassar"
CITY_USER = "wallserver"
# A puller with 300 sub streams has its core full.
CAMERAS_PER_PULLER = 150
# To encode the clips of one camera, beside a wall on two cores.
ENCODING_S = 8
# Of lorong, by their cameras' numbers; a road has none but the least.
RISKS: tuple[Risk, ...] = ("red", "yellow", "green", "yellow", "green")
CITY_PASSWORD = "WALLSERVER_CITY_PASSWORD"  # noqa: S105 - the name of an environment variable


@dataclass(frozen=True, slots=True)
class Demo:
    """What `wallserver demo` was asked for."""

    port: int
    state: Path
    cameras: int
    hls: int
    per_display: int
    host: str
    https: bool

    @property
    def site(self) -> Path:
        """The folder of the site that watches a city of this size."""
        return self.state / f"site-{self.cameras}-{self.hls}-{self.per_display}"


async def run_demo(demo: Demo, stop: asyncio.Event) -> None:
    """Run the city and the house until `stop` is set."""
    with state_lock(demo.state):
        await _run(demo, stop)


async def _run(demo: Demo, stop: asyncio.Event) -> None:
    demo.site.mkdir(mode=0o700, parents=True, exist_ok=True)
    rtsp_port, http_port = _free_ports(2)
    config = _write_config(demo)
    settings = load_settings(config)
    check_port_free(settings.http, "--port")
    city = city_cameras(demo.cameras, demo.hls)
    password = secrets.token_urlsafe(12)
    entries = [_entry(camera, rtsp_port, http_port, password) for camera in city]
    wall = wall_showing(WALL, "Makassar", [camera.id for camera in city], cells_per_display=demo.per_display)
    tokens, administrator = await prepare_site(settings, entries, wall)
    argv = [sys.executable, "-m", "wallserver", "city", "--cameras", str(demo.cameras), "--hls", str(demo.hls)]
    argv += ["--rtsp-port", str(rtsp_port), "--http-port", str(http_port), "--state", str(demo.state.absolute())]
    city_child = Child("city", argv, {CITY_PASSWORD: password})
    supervisor = Supervisor([*children(settings, config), city_child])
    running = asyncio.create_task(supervisor.run(stop), name="house")
    answering = asyncio.create_task(_answers(settings.http), name="first answer")
    await asyncio.wait((running, answering), return_when=asyncio.FIRST_COMPLETED)
    if answering.done():
        displays = {display.id: tokens.get(display.id) for display in wall.displays}
        _print_addresses(demo, displays, administrator, len(missing_clips(city, clip_folder())))
    answering.cancel()
    await running


async def _answers(http: HttpSettings) -> None:
    """Return when control listens: an address that is opened before stays an error page for ever."""
    while True:
        try:
            _, writer = await asyncio.open_connection(http.host, http.port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


def _write_config(demo: Demo) -> Path:
    loopback = demo.host in {"127.0.0.1", "localhost", "::1"}
    http: dict[str, Any] = {"host": demo.host, "port": demo.port}
    if demo.https:
        certificate, key = self_signed(demo.site, [demo.host, "localhost"])
        http |= {"certificate": str(certificate), "key": str(key)}
    values = {
        "state_dir": str(demo.site.absolute()),
        "http": http,
        # On loopback the pictures stay there too; elsewhere the gateway offers this machine's addresses.
        "gateway": {"addresses": ["127.0.0.1"] if loopback else []},
        "workers": {"pullers": ceil(demo.cameras / CAMERAS_PER_PULLER) or 1},
    }
    path = demo.site / "config.yaml"
    path.write_text("# Written by `wallserver demo` at each start.\n" + yaml.safe_dump(values, sort_keys=False))
    return path


async def prepare_site(
    settings: Settings, entries: Sequence[CameraEntry], wall: Wall
) -> tuple[dict[str, str], str | None]:
    """Take in the cameras, hang the wall unless it hangs there.

    Returns the token of each display that no screen has fetched one for and, at the first start, the administrator's
    password.
    """
    async with open_catalogue(settings) as catalogue:
        await catalogue.cameras.put(entries)
        await catalogue.walls.add(wall, made_by="demo")
        people = open_people(catalogue.database)
        administrator = await people.accounts.first_administrator()
        tokens = await _display_tokens(people, wall, settings.state_dir / "displays.yaml")
    return tokens, administrator


async def _display_tokens(people: People, wall: Wall, kept: Path) -> dict[str, str]:
    """The tokens of the last start while they are good, so that a page that is open finds its wall again.

    None of a display that was paired by its code since: a new token would take it from its screen.
    """
    told: dict[str, str] = yaml.safe_load(kept.read_text()) if kept.exists() else {}
    paired = await people.tokens.paired_displays()
    tokens = {}
    for display in (display.id for display in wall.displays):
        if display not in paired:
            tokens[display] = await people.tokens.for_display(display)
        elif await people.tokens.principal(told.get(display, "")) is not None:
            tokens[display] = told[display]
    write_private(kept, yaml.safe_dump(tokens))
    return tokens


def _entry(camera: CityCamera, rtsp_port: int, http_port: int, password: str) -> CameraEntry:
    hls = camera.kind == "hls"
    base = f"rtsp://127.0.0.1:{rtsp_port}/{camera.id}"
    return CameraEntry(
        id=camera.id,
        name=camera.name,
        district=camera.district,
        village=camera.village,
        lorong=camera.lorong or "",
        risk=RISKS[camera.number % len(RISKS)] if camera.lorong else "green",
        latitude=camera.latitude,
        longitude=camera.longitude,
        main_url=f"http://127.0.0.1:{http_port}/{camera.id}/index.m3u8" if hls else f"{base}/main",
        sub_url=None if hls else f"{base}/sub",
        username=None if hls else CITY_USER,
        password=None if hls else password,
    )


def _print_addresses(demo: Demo, displays: Mapping[str, str | None], administrator: str | None, to_encode: int) -> None:
    """The addresses to open. A display's token stands after `#`: a browser does not send that part to any server."""
    site = f"{'https' if demo.https else 'http'}://{demo.host}:{demo.port}"
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    for number, (display, token) in enumerate(displays.items(), start=1):
        if token is None:
            console.print(f"  Display {number}  paired by its code; for another screen open {site}/display")
        else:
            console.print(f"  Display {number}  {site}/display#display={display}&token={token}")
    console.print(f"  Console    {site}/console")
    if administrator:
        console.print(f"             sign in as [bold]admin[/bold] with the password [bold]{administrator}[/bold]")
    else:
        console.print("             sign in as admin with the password that was printed at the first start;")
        console.print(f"             a new one: ./run wallserver people password --config {demo.site / 'config.yaml'}")
    if to_encode:
        minutes = ceil(to_encode * ENCODING_S / 60)
        console.print(f"\n  The pictures of {to_encode} cameras are encoded now, once, in about {minutes} minutes;")
        console.print("  each camera says that it is in trouble until its own are ready.")
    console.print("\n  Ctrl-C ends everything.\n")


def _free_ports(count: int) -> list[int]:
    listeners = [socket.socket() for _ in range(count)]
    try:
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()
