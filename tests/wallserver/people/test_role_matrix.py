"""Who may do what, as a person wrote it down in role_matrix.txt; and that nothing is missing there.

A route that is new is not in the matrix: this fails until somebody has decided who may use it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.new_database import NewDatabase
from tests.wallserver.control.conftest import CANARY, Site
from tests.wallserver.people.two_rooms import EVERYBODY, answer, given, two_rooms
from wallserver.control import display_hub
from wallserver.people.guard import OBJECT_KINDS, guards_of
from wallserver.people.objects import Display
from wallserver.people.rights import ANONYMOUS, Action, Principal, authorize

MATRIX = Path(__file__).with_name("role_matrix.txt")
# For each kind of object what somebody with a part of everything has, has not, and what is not there.
OBJECTS: dict[str, list[str]] = {
    "camera": ["mariso-1", "wajo-1", "absent"],
    "display": ["room-1", "room-2", "annex-1"],
    "wall": ["room", "annex"],
    "replay": ["0" * 16, "1" * 16, "2" * 16],
    "user": ["00000000-0000-4000-8000-000000000000"],
    "stream": [
        "cam.mariso-1.main",
        "cam.wajo-1.main",
        "mosaic.room-1",
        "mosaic.room-2",
        "mosaic.annex-1",
        f"replay.{'0' * 16}",
        f"replay.{'1' * 16}",
        "nonsense",
    ],
}
# After these somebody has to sign in, or to be paired, again.
ENDS = ("POST /api/logout", "DELETE /api/me/sessions", "DELETE /api/displays/{display}/pair")
PARTS = (
    {"session": "g.00000000-0000-4000-8000-000000000000", "shown": "mariso-1", "code": "ABCDEF", "name": "x.js"}
    | dict.fromkeys(("entry", "override", "note", "token"), "0" * 32)
    | {"revision": "1"}
)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that can be done, to one object; `-` where there is none."""

    what: str
    obj: str

    @property
    def path(self) -> str:
        """The address with the object in it."""
        path = self.what.partition(" ")[2]
        named = dict.fromkeys(OBJECT_KINDS, self.obj) | PARTS
        return path.format(**named)


def written() -> dict[Case, str]:
    """The matrix: who may, in the order of EVERYBODY."""
    found: dict[Case, str] = {}
    for line in MATRIX.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            what, obj, marks = re.split(r"\s{2,}", line.strip())
            allowed = "".join(who for who, mark in zip(EVERYBODY, marks.split(), strict=True) if mark == "x")
            assert Case(what, obj) not in found, line
            assert set(marks) <= set("x. "), line
            found[Case(what, obj)] = allowed
    return found


def there_is(site: Site) -> Iterator[Case]:
    """Everything that can be done here."""
    for what, guard in guards_of(site.app.routes).items():
        (kind,) = re.findall(rf"{{({'|'.join(OBJECT_KINDS)})}}", what)[:1] or [""]
        objects = OBJECTS[kind] if kind and guard.action is not Action.OPEN else ["-"]
        yield from (Case(what, obj) for obj in objects)
    for message in site.control.hub.messages:
        yield from (Case(f"MESSAGE {message}", obj) for obj in OBJECTS["display"])


async def test_everybody_may_do_what_is_written_and_nothing_else(tmp_path: Path, new_database: NewDatabase) -> None:
    """By each route's own guard and object, for all; over HTTP, for two of them, the next test."""
    matrix = written()
    async with two_rooms(tmp_path, new_database) as site:
        assert set(matrix) == set(there_is(site))
        everybody = {who: await principal(site, await given(site, who)) for who in EVERYBODY}
        wrong = []
        for case, allowed in matrix.items():
            found = "".join(who for who, asks in everybody.items() if may(site, case, asks))
            if found != allowed:
                wrong.append(f"{case.what} {case.obj}: {found}, not {allowed}")
    assert not wrong, "\n".join(wrong)


async def test_every_message_and_every_stream_that_there_is_stands_in_the_matrix(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    """What is played has no list: it is what the cameras, the displays and the replays of the site make."""
    schema = display_hub._incoming.json_schema()
    async with two_rooms(tmp_path, new_database) as site:
        control = site.control
        # By the first one a display says who it is; none is understood before.
        assert schema["discriminator"]["mapping"].keys() == {"hello", *control.hub.messages}
        streams = {stream for camera in control.plans.cameras.values() for stream in camera.streams}
        streams |= {f"mosaic.{display}" for display in control.plans.displays}
        streams |= {f"replay.{replay}" for replay in control.replays._known}
        assert {stream for stream in OBJECTS["stream"] if control.player_streams.behind(stream)} == streams
    for offer in ("POST /whep/{stream}", "GET /hls/{stream}/index.m3u8", "GET /api/streams/{stream}/still"):
        assert {case.obj for case in written() if case.what == offer} == {*streams, "nonsense"}


@pytest.mark.parametrize("who", ["O", "a"], ids=["an operator within a scope", "an administrator"])
async def test_the_site_answers_as_the_matrix_says_and_tells_no_secret(
    tmp_path: Path, new_database: NewDatabase, who: str
) -> None:
    asyncio.get_running_loop().set_debug(False)  # 130 requests take a sixth of the time
    async with two_rooms(tmp_path, new_database) as site, site.client() as client:
        headers = await given(site, who)
        for case, allowed in written().items():
            method, _, _ = case.what.partition(" ")
            if method in {"WEBSOCKET", "MESSAGE"}:
                continue
            said = await answer(client, headers, method, case.path)
            assert (said.status_code not in {401, 403}) is (who in allowed), (case, said.status_code, said.text)
            assert said.status_code < 500 or said.status_code == 503, (case, said.text)  # there is no bus
            assert CANARY not in said.text + json.dumps(dict(said.headers)), case
            if case.what in ENDS:
                headers = await given(site, who)


def may(site: Site, case: Case, who: Principal) -> bool:
    """Whether somebody may."""
    method, _, rest = case.what.partition(" ")
    if method == "MESSAGE":
        return authorize(who, site.control.hub.messages[rest][0], Display(case.obj))
    guard = guards_of(site.app.routes)[case.what]
    obj = site.control.objects.of_path(guard.of, case.obj) if guard.of else None
    return authorize(who, guard.action, obj)


async def principal(site: Site, headers: dict[str, str]) -> Principal:
    """Who has these headers."""
    people = site.control.people
    if "cookie" in headers:
        return await people.sessions.person(headers["cookie"].partition("=")[2]) or ANONYMOUS
    return await people.tokens.principal(headers.get("authorization", "").removeprefix("Bearer ")) or ANONYMOUS
