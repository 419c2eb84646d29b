"""`wallserver cameras …` for a person at a terminal: what cameras_command finds, in words and tables."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wallserver.cli_options import DEFAULT_CONFIG, ConfigFile, plain_errors, read_settings

if TYPE_CHECKING:
    from wallserver.cameras_command import Checked

LONG_GOP_S = 2.0

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
