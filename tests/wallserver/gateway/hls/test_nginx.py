"""Debian's nginx with the configuration that docs/ ships: a crowd costs the gateway one request for each part."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import debian
from tests.support.site import free_port
from tests.support.waiting import eventually
from tests.wallserver.gateway.hls.conformance import Watch
from tests.wallserver.gateway.hls.conftest import Broadcast

SHIPPED = Path(__file__).parents[4] / "docs" / "nginx-hls.conf"
CROWD = 40


def executable() -> str | None:
    """Debian keeps it where only root looks."""
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


@contextlib.asynccontextmanager
async def nginx(
    folder: Path,
    gateway_port: int,
    file: Path = SHIPPED,
    of_gateway: tuple[str, str] = ("/var/cache/nginx/wallserver-hls", "server 127.0.0.1:8090;"),
) -> AsyncIterator[str]:
    """A shipped configuration with this machine's ports and folders in it, in place of its cache and its gateway's
    address; yields nginx's address.
    """
    debian.require(lambda: executable() is not None, "nginx-light")
    port = free_port()
    shipped = file.read_text()
    cache, gateway = of_gateway
    for written, here in (
        (cache, f"{folder}/cache"),
        (gateway, f"server 127.0.0.1:{gateway_port};"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
    ):
        assert written in shipped
        shipped = shipped.replace(written, here)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/nginx.pid;\ndaemon off;\nmaster_process off;\nevents {{ worker_connections 4096; }}\n"
        f"http {{\n{temporary}{shipped}\n}}\n"
    )
    command = [executable() or "", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        await eventually(lambda: _listens(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await asyncio.wait_for(process.communicate(), 5)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@pytest.fixture
async def proxied(broadcast: Broadcast, tmp_path: Path) -> AsyncIterator[Broadcast]:
    """The same broadcast, seen through nginx."""
    direct = urlsplit(broadcast.index)
    assert direct.port is not None
    folder = tmp_path / "nginx"
    folder.mkdir()
    async with nginx(folder, direct.port) as base:
        broadcast.index = base + direct.path
        yield broadcast


async def test_a_crowd_fetches_each_part_from_the_gateway_once(proxied: Broadcast) -> None:
    watch = Watch()
    playlist = watch.see(await proxied.playlist())
    answers: dict[str, Counter[str]] = {"playlist": Counter(), "part": Counter(), "segment": Counter()}
    bodies: set[bytes] = set()
    for _ in range(6):
        newest = playlist.all[-1]
        sequence, part = (newest.sequence + 1, 0) if newest.uri else (newest.sequence, len(newest.parts))
        query = f"?_HLS_msn={sequence}&_HLS_part={part}"
        lists, parts = await asyncio.gather(
            asyncio.gather(*(proxied.get(proxied.media + query) for _ in range(CROWD))),
            asyncio.gather(*(proxied.get(proxied.beside(playlist.hint)) for _ in range(CROWD))),
        )
        for kind, found in (("playlist", lists), ("part", parts)):
            assert {answer.status for answer in found} == {200}
            assert len({await answer.read() for answer in found}) == 1
            answers[kind].update(answer.headers["X-Cache"] for answer in found)
        playlist = watch.see(await lists[0].text())
        bodies.add(await parts[0].read())
    assert len(bodies) == 6
    segment = playlist.segments[-1] if playlist.segments else None
    if segment is not None:
        found = await asyncio.gather(*(proxied.get(proxied.beside(segment.uri)) for _ in range(CROWD)))
        answers["segment"].update(answer.headers["X-Cache"] for answer in found)
        assert answers["segment"]["MISS"] == 1
    for kind in ("playlist", "part"):
        assert answers[kind]["MISS"] == 6, answers
        assert sum(answers[kind].values()) == 6 * CROWD


async def test_a_kept_playlist_is_for_those_who_may(proxied: Broadcast) -> None:
    playlist = await proxied.playlist()
    assert playlist
    stranger = proxied.media.replace(proxied.media.split("/")[-2], "0" * 32)
    assert (await proxied.get(stranger)).status == 403
    proxied.allowed.clear()
    await eventually(lambda: _is_refused(proxied))


async def _is_refused(proxied: Broadcast) -> bool:
    return (await proxied.get(proxied.media)).status == 403
