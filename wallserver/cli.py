"""The command line: one program, every role.

Imports stand inside the commands: a pull process must not pay for FastAPI, nor `--help` for OpenCV.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from wallserver import cameras_cli, people_cli
from wallserver.cli_options import DEFAULT_CONFIG, ConfigFile, plain_errors, read_settings

app = typer.Typer(
    name="wallserver",
    help="The video wall of a city's war room: cameras in, mosaics and passthrough out, over WebRTC.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cameras_cli.app, name="cameras")
app.add_typer(people_cli.app, name="people")

# Where the machine is short of CPU, the wall's pictures come before the judgement of them, and before the public's.
BEHIND_THE_WALL = 10

BusFile = Annotated[Path, typer.Option("--bus", help="Address and credentials of the bus (YAML, mode 0600).")]
WorkerId = Annotated[str | None, typer.Option("--worker", help="This worker's id; default: host, role and process.")]


def _run(
    role: Callable[[asyncio.Event], Coroutine[Any, Any, None]],
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:

    from ingest.worker import run_worker

    with plain_errors():
        run_worker(role, loop_factory=loop_factory)


def _run_house(house: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """A house ends after its children, which it may have to kill."""
    from ingest.supervisor import STOP_SECONDS
    from ingest.worker import run_worker

    with plain_errors():
        run_worker(house, grace=STOP_SECONDS + 0.6)


def _worker_id(role: str, given: str | None) -> str:
    import os
    import socket

    return given or f"{socket.gethostname().split('.')[0].lower()}-{role}-{os.getpid()}"


@app.command()
def run(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Run the house on this machine: bus, control, pullers, tilers, gateways, a judge; each is restarted if it dies."""
    from wallserver.house import run_house

    settings = read_settings(config)
    _run_house(lambda stop: run_house(settings, config, stop))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The port of the pages.", min=1, max=65535)] = 8080,
    state: Annotated[Path | None, typer.Option(help="Where clips and the database are kept.")] = None,
    cameras: Annotated[int, typer.Option(help="RTSP cameras to simulate.", min=1, max=300)] = 36,
    hls: Annotated[int, typer.Option(help="HLS cameras on top of these.", min=0, max=16)] = 4,
    per_display: Annotated[int, typer.Option(help="Cells of each display of the wall.", min=1, max=64)] = 36,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    https: Annotated[bool, typer.Option(help="HTTPS with a self-signed certificate.")] = False,
) -> None:
    """Simulate a city, run the wall that shows it, and print the addresses to open."""
    from wallserver.demo import Demo, run_demo

    options = Demo(
        port=port,
        state=state or default_state(),
        cameras=cameras,
        hls=hls,
        per_display=per_display,
        host=host,
        https=https,
    )
    _run_house(lambda stop: run_demo(options, stop))


def default_state() -> Path:
    """Where the demo keeps its clips and database: the user's state folder (XDG Base Directory)."""
    import os

    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "wallserver" / "demo"


@app.command()
def control(bus: BusFile, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Run control alone: catalogue, people, walls, planner, HTTP, WebSocket."""
    from ingest.bus_address import BusAddress
    from wallserver.control import run_control

    settings = read_settings(config)
    _run(lambda stop: run_control(settings, BusAddress.from_file(bus), stop))


@app.command()
def pull(
    bus: BusFile,
    worker: WorkerId = None,
    replay: Annotated[
        Path | None, typer.Option(help="The folder where the last pictures are kept for instant replay.")
    ] = None,
    replay_seconds: Annotated[int, typer.Option(help="So many seconds of each stream.", min=1, max=600)] = 30,
    replay_bytes: Annotated[int, typer.Option(help="So much at most of all its streams.", min=1 << 20)] = 4 << 30,
) -> None:
    """Run a puller alone: cameras in, access units out."""
    from uvloop import new_event_loop

    from ingest.bus_address import BusAddress
    from ingest.puller import run_puller
    from ingest.replay_settings import Keeping

    keeping = None if replay is None else Keeping(replay, replay_seconds, replay_bytes)
    name = _worker_id("pull", worker)
    _run(lambda stop: run_puller(BusAddress.from_file(bus), name, stop, keeping), new_event_loop)


@app.command()
def tile(bus: BusFile, worker: WorkerId = None) -> None:
    """Run a tiler alone: access units in, mosaics out."""
    from ingest.bus_address import BusAddress
    from ingest.tiler import run_tiler

    _run(lambda stop: run_tiler(BusAddress.from_file(bus), _worker_id("tile", worker), stop))


@app.command()
def gateway(
    bus: BusFile,
    worker: WorkerId = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="Settings, of which `gateway` counts here; default: none.")
    ] = None,
) -> None:
    """Run a gateway alone: any stream to any number of browsers."""
    from ingest.bus_address import BusAddress
    from wallserver.gateway.process import run_gateway

    settings = read_settings(config).gateway
    _run(lambda stop: run_gateway(BusAddress.from_file(bus), _worker_id("gateway", worker), settings, stop))


@app.command()
def public(bus: BusFile, worker: WorkerId = None, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Run the public page alone: published cameras to anybody (`public` in the settings)."""
    import os

    from ingest.bus_address import BusAddress
    from wallserver.control.routes.pages import static_folder
    from wallserver.public.process import run_public

    os.nice(BEHIND_THE_WALL)
    settings = read_settings(config)
    name, page = _worker_id("public", worker), (settings.timezone, static_folder(), settings.map.basemap)
    _run(lambda stop: run_public(BusAddress.from_file(bus), name, settings.public, *page, stop))


@app.command()
def judge(bus: BusFile, worker: WorkerId = None) -> None:
    """Run a judge alone: it looks at what cameras show, visits those that nobody pulls, and keeps stills."""
    import os

    from uvloop import new_event_loop

    from ingest.bus_address import BusAddress
    from ingest.judge import run_judge

    os.nice(BEHIND_THE_WALL)
    _run(lambda stop: run_judge(BusAddress.from_file(bus), _worker_id("judge", worker), stop), new_event_loop)


@app.command()
def doctor(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Look whether this machine and this site are as a wall needs them, and measure what pictures cost here."""
    import logging

    import structlog
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from wallserver.doctor import examine

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    settings = read_settings(config)
    with plain_errors():
        found = asyncio.run(examine(settings))
    marks = {"good": "[green]✓[/]", "told": " ", "warning": "[yellow]▲[/]", "fault": "[red]✗[/]"}
    table = Table("", "what", "found", "what to do", box=None)
    for one in found:
        table.add_row(marks[one.verdict], one.what, escape(one.found), escape(one.remedy))
    Console().print(table)
    if any(one.verdict == "fault" for one in found):
        raise typer.Exit(1)


@app.command(hidden=True)
def city(
    state: Annotated[Path, typer.Option(help="Where the clips are kept.")],
    rtsp_port: Annotated[int, typer.Option(min=1, max=65535)],
    http_port: Annotated[int, typer.Option(min=1, max=65535)],
    cameras: Annotated[int, typer.Option(min=0, max=300)] = 36,
    hls: Annotated[int, typer.Option(min=0, max=16)] = 4,
) -> None:
    """Run the simulated city alone, as the demo does; its password comes by the environment."""
    import os

    from wallserver.city.city import run_city
    from wallserver.demo import CITY_PASSWORD

    password = os.environ[CITY_PASSWORD]
    _run(lambda stop: run_city(cameras, hls, rtsp_port, http_port, state, password, stop))
