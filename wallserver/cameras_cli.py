"""`wallserver cameras …` for a person at a terminal: what cameras_command finds, in words and tables."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wallserver.cli_options import DEFAULT_CONFIG, ConfigFile, plain_errors, read_settings

if TYPE_CHECKING:
    from wallserver.cameras_command import Checked
    from wallserver.discovered import Discovered

LONG_GOP_S = 2.0
PASSWORD_VARIABLE = "WALLSERVER_CAMERA_PASSWORD"  # noqa: S105 - the name of a variable

app = typer.Typer(help="The catalogue of cameras.", no_args_is_help=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="YAML or CSV: id, name, main_url, sub_url, username, password, …")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Take cameras into the catalogue: all of a file, or none where anything in it is wrong."""
    from wallserver.cameras_command import import_cameras

    with plain_errors():
        report = asyncio.run(import_cameras(read_settings(config), file))
    typer.echo(f"{report.added} added, {report.changed} changed, {report.unchanged} as they were")


@app.command("list")
def list_(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """List the catalogue; no address and no password is shown."""
    from rich.console import Console
    from rich.table import Table

    from wallserver.cameras_command import list_cameras

    with plain_errors():
        cameras = asyncio.run(list_cameras(read_settings(config)))
    if not cameras:
        typer.echo("There are no cameras yet: wallserver cameras import FILE takes them in.")
        return
    table = Table("id", "name", "district", "kind", "streams", "sessions")
    for camera in cameras:
        streams = "main, sub" if camera.has_sub else "main"
        table.add_row(camera.id, camera.name, camera.district, camera.kind, streams, str(camera.max_sessions))
    Console().print(table)


@app.command()
def check(
    target: Annotated[str | None, typer.Argument(help="A camera's id, or a URL; all cameras without it.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Connect as a puller would, and say what comes or what is wrong. Exit 1 if any stream shows no picture."""
    from wallserver.cameras_command import check_cameras

    async def run() -> bool:
        good = True
        async for checked in check_cameras(read_settings(config), target):
            typer.echo(_line(checked))
            good = good and checked.report.state == "live"
        return good

    with plain_errors():
        if not asyncio.run(run()):
            raise typer.Exit(1)


@app.command()
def discover(
    address: Annotated[
        list[str] | None, typer.Option(help="An IPv4 address of this machine: its network is searched. Default: all.")
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(help="Ask this host alone, where multicast does not pass: a name, an address, a URL."),
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long to wait for answers.", min=0.5, max=60)] = 4.0,
    username: Annotated[str, typer.Option(help="Tried once at each device; the password is asked for.")] = "",
    password_file: Annotated[Path | None, typer.Option(help=f"Its password; or in {PASSWORD_VARIABLE}.")] = None,
    write: Annotated[
        Path | None, typer.Option(help="A new .yaml or .csv for `cameras import`; may hold the password.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Look for ONVIF cameras on the network, and say what each sends and what is wrong with it."""
    from wallserver.discover import Search, discover_cameras
    from wallserver.discover_output import as_json, write_file

    with plain_errors():
        if write is not None and write.suffix.lower() not in {".csv", ".yaml", ".yml"}:
            raise ValueError("the file's name must end in .csv, .yaml or .yml")
        password = _password(password_file) if username else ""
        search = Search(tuple(address or ()), tuple(host or ()), seconds, username, password)
        cameras = asyncio.run(discover_cameras(read_settings(config), search))
        if json:
            typer.echo(as_json(cameras))
        elif cameras:
            _print_table(cameras)
        else:
            typer.echo(
                "No ONVIF device answered. Where multicast does not pass: wallserver cameras discover --host ADDRESS"
            )
        if write is not None:
            typer.echo(f"{write_file(cameras, write)} new cameras in {write}; delete it after the import", err=True)


def _password(file: Path | None) -> str:
    """Out of a file, the environment, or a person's head; never off the command line, which everybody can read."""
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    if (password := os.environ.get(PASSWORD_VARIABLE)) is not None:
        return password
    if not sys.stdin.isatty():
        raise ValueError(f"no password: use --password-file or {PASSWORD_VARIABLE}, or a terminal")
    return getpass.getpass("Password of the cameras: ")


def _print_table(cameras: Sequence[Discovered]) -> None:
    from rich.console import Console

    from wallserver.discover_output import table

    # Where nobody looks, addresses shall stand in one line.
    width = None if sys.stdout.isatty() else 240
    Console(markup=False, emoji=False, highlight=False, width=width).print(table(cameras))


def _line(checked: Checked) -> str:
    report = checked.report
    if report.state != "live" or report.codec is None:
        return f"{checked.stream}: {report.state}: {report.cause.english}"
    gop = f"GOP {report.gop_s:g} s" if report.gop_s else "GOP longer than was waited for"
    parts = [
        report.codec.name,
        f"{report.width}×{report.height}",
        f"{report.fps:g} fps",
        gop,
        "B-frames: browsers cannot play it as it is" if report.b_frames else "no B-frames",
        f"{report.bitrate_kbps} kbit/s",
        f"first picture after {report.first_frame_ms} ms",
    ]
    if report.gop_s and report.gop_s > LONG_GOP_S:
        parts.append(f"a GOP above {LONG_GOP_S:g} s delays every switch to this camera: set its I-frame interval lower")
    return f"{checked.stream}: {', '.join(parts)}"
