"""A site where somebody can have a part of everything: two districts, two walls, and everybody who may ask.

`mariso-1` stands in a lorong of Mariso, `wajo-1` on a road of Wajo. The wall `room` has two displays: `room-1` shows
the former, `room-2` both. The wall `annex` has one, which shows the former.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from layouts.presets import wall_showing
from layouts.wall import Display, Wall
from tests.support.new_database import NewDatabase
from tests.wallserver.control.conftest import CANARY, Site, running_site
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.config import settings_of
from wallserver.control.replays import Kept, Replay
from wallserver.people.rights import Role
from wallserver.people.scope import EVERYTHING, CameraGroup, CameraScope, Scope

CAMERAS = [
    CameraEntry(
        id=name,
        name=name,
        district=district,
        lorong=lorong,
        main_url=f"rtsp://{CANARY}:{CANARY}@10.0.0.1/{name}",
    )
    for name, district, lorong in (("mariso-1", "Mariso", "Lorong 5"), ("wajo-1", "Wajo", ""))
]
OF_MARISO = CameraScope(groups=frozenset({CameraGroup("Mariso", "lorong")}))
SEES = Scope(walls=frozenset({"room"}), cameras=OF_MARISO)
ARRANGES = Scope(walls=frozenset({"room"}), displays={"room-1": None}, cameras=OF_MARISO)

# Those who sign in, by the letter that the matrix has for them: small where they may everywhere.
PERSONS = {
    "f": (Role.ADMIN, EVERYTHING),  # has to change the first password still
    "v": (Role.VIEWER, EVERYTHING),
    "V": (Role.VIEWER, SEES),
    "o": (Role.OPERATOR, EVERYTHING),
    "O": (Role.OPERATOR, ARRANGES),
    "s": (Role.SUPERVISOR, EVERYTHING),
    "S": (Role.SUPERVISOR, ARRANGES),
    "a": (Role.ADMIN, EVERYTHING),
}
# And nobody in particular; a display's token, a player's of one stream and of any, a token for figures.
EVERYBODY = "pfvVoOsSadyYm"


def _wall(name: str, shown: list[list[str]]) -> Wall:
    displays: list[Display] = []
    for number, cameras in enumerate(shown, start=1):
        (made,) = wall_showing(f"{name}-{number}", name, cameras).displays
        displays.append(replace(made, id=f"{name}-{number}", column=number - 1))
    return Wall(name, name, tuple(displays), columns=len(displays))


@asynccontextmanager
async def two_rooms(folder: Path, new_database: NewDatabase) -> AsyncIterator[Site]:
    """Control of that site, without a bus; with a replay of each camera: `00…` of Mariso's, `11…` of Wajo's."""
    settings = settings_of(state_dir=folder / "site")
    new_database.at(folder / "site" / "wallserver.db")
    async with open_catalogue(settings) as catalogue:
        await catalogue.cameras.put(CAMERAS)
        await catalogue.walls.add(_wall("room", [["mariso-1"], ["mariso-1", "wajo-1"]]), "test")
        await catalogue.walls.add(_wall("annex", [["mariso-1"]]), "test")
    async with running_site(settings) as site:
        for name, camera in (("0" * 16, "mariso-1"), ("1" * 16, "wajo-1")):
            replay = Replay(name, camera, Kept(f"cam.{camera}.main", 0, 30_000), over_at=time.monotonic() + 3600)
            site.control.replays._known[name] = replay
        for letter, (role, scope) in PERSONS.items():
            await site.control.people.accounts.add(letter, role, scope)
        yield site


async def given(site: Site, letter: str) -> dict[str, str]:
    """What somebody's requests have in their heads: a new session, or token, since the last one may have ended."""
    people = site.control.people
    if letter in PERSONS:
        key = await site.session_of(await people.accounts.named(letter), must_change_password=letter == "f")
        return {"cookie": f"ws_session={key}", "x-wallserver": "1"}
    match letter:
        case "d":
            token = await people.tokens.for_display("room-1")
        case "y":
            token = await people.tokens.for_player("one", "cam.mariso-1.main")
        case "Y":
            token = await people.tokens.for_player("any", None)
        case "m":
            token = await people.tokens.for_metrics("m")
        case _:
            return {}
    return {"authorization": f"Bearer {token}"}


async def answer(client: httpx.AsyncClient, headers: dict[str, str], method: str, path: str) -> httpx.Response:
    """What is answered to a request that changes nothing, as nothing in its body is understood."""
    return await client.request(method, path, headers=headers, json=None if method == "GET" else {"nonsense": 1})
