"""Requests drawn from the OpenAPI document, as each role: whatever is asked, no answer is a fault of the server."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as drawing
from schemathesis import Case
from schemathesis.core.result import Ok

from layouts import commands as of
from layouts.commands_json import command_to_json
from layouts.contents import CameraContent, StatesPanel, TextPanel, TourContent, Zoom
from layouts.presets import wall_showing
from layouts.tours import Selector, Tour
from tests.wallserver.control.conftest import CAMERAS, Site, running_site
from wallserver.catalogue import open_catalogue
from wallserver.config import Settings, settings_of
from wallserver.control import create_app
from wallserver.people.rights import Role

# Of each operation; more of them take longer: README.md.
EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", "3"))
# These end the session that asks; the rest of the requests would be nobody's.
ENDS_THE_SESSION = {("POST", "/api/logout"), ("DELETE", "/api/me/sessions")}
# What is there, for every second request; what is deleted is another one, and last.
THERE = {
    "camera": "cam-1",
    "wall": "city",
    "display": "city-1",
    "stream": "cam.cam-1.main",
    "shown": "cam-1",
    "revision": "1",
    "session": "g.00000000-0000-4000-8000-000000000000",
}
TO_DELETE = THERE | {"camera": "cam-6"}
# What no document tells of: texts that no encoding has, numbers that are none, what is too large and too deep.
SPOILT: tuple[Any, ...] = (
    "\ud800",
    "\x00",
    float("nan"),
    float("inf"),
    2**63,
    -(2**63) - 1,
    10**30,
    -1,
    "",
    None,
    [],
    {},
    "ä" * 3000,
)
# What needs the bus, which these sites have not: "try again". Everything else answers by itself.
AWAY = {
    "POST /whep/{stream}",
    "PATCH /whep/{stream}/{session}",
    "DELETE /whep/{stream}/{session}",
    "GET /hls/{stream}/index.m3u8",
    "HEAD /hls/{stream}/index.m3u8",
    "POST /api/displays/{display}/session",
    "DELETE /api/displays/{display}/session/{session}",
    "GET /api/sessions",
    "POST /api/cameras/{camera}/view",
}
# What is no JSON: the document says nothing of these bodies.
RAW = {"POST /whep/{stream}": "application/sdp", "PATCH /whep/{stream}/{session}": "application/trickle-ice-sdpfrag"}
# How many operations have to be answered with success at least once: to be refused everywhere proves nothing.
SUCCEEDS = {
    "nobody": 10,
    "display": 10,
    "player": 12,
    "viewer": 30,
    "operator": 38,
    "supervisor": 45,
    "admin": 58,
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A request. `operation`: which of the document's it is."""

    operation: str
    method: str
    url: str
    params: dict[str, Any]
    headers: dict[str, str]
    content: bytes | None

    async def ask(self, client: httpx.AsyncClient) -> httpx.Response:
        """As somebody."""
        typed = {"content-type": RAW.get(self.operation, "application/json")} if self.content is not None else {}
        headers = typed | self.headers
        return await client.request(self.method, self.url, params=self.params, headers=headers, content=self.content)


@pytest.fixture(scope="module")
def requests() -> list[Drawn]:
    """The same ones at every run, and for each role: those that delete something last."""
    document = create_app(settings_of()).openapi()
    chance = random.Random(1)
    found: list[Drawn] = []
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if (operation.method.upper(), operation.path) not in ENDS_THE_SESSION:
            for number, case in enumerate(_cases(operation)):
                found += _requests(case, chance, known=number % 2 == 0)
    return sorted(found, key=lambda one: one.method == "DELETE")


def _cases(operation: Any) -> list[Case[Any]]:
    cases: list[Case[Any]] = []

    @seed(1)
    @drawing(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def draw(case: Case[Any]) -> None:
        cases.append(case)

    draw()
    return cases


def _requests(case: Case[Any], chance: random.Random, *, known: bool) -> Iterator[Drawn]:
    """The request as it was drawn, and where it has a body one with something spoilt in it."""
    there = TO_DELETE if case.method == "DELETE" else THERE
    drawn = case.path_parameters or {}
    if known:
        parameters = {name: there.get(name, value) for name, value in drawn.items()}
    else:
        parameters = {name: value if chance.random() < 0.7 else "a\x00b" for name, value in drawn.items()}
    url = case.path.format(**{name: quote(str(value), safe="") for name, value in parameters.items()})
    headers = {name: str(value) for name, value in (case.headers or {}).items() if str(value).isascii()}
    operation = f"{case.method} {case.path}"
    request = Drawn(operation, case.method, url, dict(case.query or {}), headers, None)
    if operation in RAW:
        for content in (b"", b"v=0\r\n", b"\xff", b"a=candidate:" * 1000):
            yield Drawn(operation, case.method, url, request.params, headers, content)
    elif isinstance(case.body, dict | list | str | int | float | bool):
        for body in (case.body, _spoilt(case.body, chance)):
            content = json.dumps(body).encode()
            yield Drawn(operation, case.method, url, request.params, headers, content)
    else:
        yield request


def _spoilt(body: Any, chance: random.Random) -> Any:
    """The same with one value, somewhere in it, that is as no client of ours would send it."""
    keys = list(body) if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    if not keys:
        return chance.choice(SPOILT)
    chosen = chance.choice(list(keys))
    copy = dict(body) if isinstance(body, dict) else list(body)
    if isinstance(copy, dict) and chance.random() < 0.1:
        copy["\ud800"] = 1
    copy[chosen] = _spoilt(copy[chosen], chance)
    return copy


@asynccontextmanager
async def asking(site: Site, who: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody of this role."""
    tokens = site.control.people.tokens
    async with AsyncExitStack() as stack:
        match who:
            case "nobody":
                client = site.client(x_wallserver="1")
            case "display":
                client = site.client(authorization=f"Bearer {await tokens.for_display('city-1')}")
            case "player":
                client = site.client(authorization=f"Bearer {await tokens.for_player('any', None)}")
            case _:
                yield await stack.enter_async_context(site.signed_in(Role(who), name=f"asks-{who}"))
                return
        yield await stack.enter_async_context(client)


async def ask_all(site: Site, who: str, requests: list[Drawn]) -> None:
    """AssertionError where an answer is a fault, where something is away that need not be, and where hardly anything
    is answered with success."""
    asyncio.get_running_loop().set_debug(False)  # hundreds of requests
    faults: list[str] = []
    away: set[str] = set()
    succeeded: Counter[str] = Counter()
    async with asking(site, who) as client:
        for request in requests:
            try:
                answer = await request.ask(client)
            except Exception as error:  # noqa: BLE001 - what the app raised is what a server answers 500 to
                faults.append(f"{request}: {error!r}")
                continue
            succeeded[request.operation] += answer.is_success
            if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE and "database" not in answer.text:
                away.add(request.operation)
            elif answer.status_code >= 500:
                faults.append(f"{request}: {answer.status_code} {answer.text}")
    assert not faults, "\n".join(faults[:20])
    assert away <= AWAY
    assert len(+succeeded) >= SUCCEEDS[who], sorted(+succeeded)


@pytest.mark.parametrize("who", SUCCEEDS)
async def test_no_request_of_the_document_is_answered_by_a_fault(site: Site, who: str, requests: list[Drawn]) -> None:
    await ask_all(site, who, requests)


@pytest.mark.postgres
async def test_nor_is_any_on_postgresql(on_postgres: Settings, requests: list[Drawn]) -> None:
    """Which takes no text with NUL, and no number that is too large."""
    async with open_catalogue(on_postgres) as catalogue:
        await catalogue.cameras.put(CAMERAS)
        await catalogue.walls.add(wall_showing("city", "Kota", [camera.id for camera in CAMERAS]), "test")
    async with running_site(on_postgres) as site:
        for who in ("nobody", "admin"):
            await ask_all(site, who, requests)


# Of a command the document says nothing but that it is an object.
COMMANDS = tuple(
    command_to_json(command)
    for command in (
        of.Assign("city-1", "c1", CameraContent("cam-1"), "cover", Zoom(0, 0, 5000, 5000), "Pintu"),
        of.Assign("city-1", "c2", TextPanel("Selamat pagi")),
        of.Assign("city-1", "c2", StatesPanel(Selector("Mariso", "road", "red", "live"))),
        of.Assign("city-1", "c2", TourContent("round")),
        of.SetTour(Tour("round", "Keliling", cameras=("cam-1", "cam-2"), dwell_s=10, red_every_minutes=None)),
        of.SaveScene("s1", "Pagi", 1, ("city-1",)),
        of.Place("city-1", 0, 0, 480, 360),
        of.Split("city-1", "c1", 2, 2),
        of.Merge((of.CellAddress("city-1", "c1"), of.CellAddress("city-1", "c2"))),
        of.Lock("city-1", "c1"),
        of.Restore(1),
        of.ChangeDisplay("city-1", "Layar", 1920, 1080, 0, 0),
        of.AddDisplay("new", "Baru", 1920, 1080, 1, 0),
        of.SetGeometry(2, 2, 20, 30),
    )
)


def spoilt_everywhere(document: Any) -> Iterator[Any]:
    """The same with each thing in it spoilt in each way."""
    if isinstance(document, dict | list):
        for key in document if isinstance(document, dict) else range(len(document)):
            for value in spoilt_everywhere(document[key]):
                copy = dict(document) if isinstance(document, dict) else list(document)
                copy[key] = value
                yield copy
    if isinstance(document, dict):
        yield document | {"\ud800": 1}
    yield from SPOILT[::2]


async def test_no_command_leaves_a_wall_that_cannot_be_told(site: Site) -> None:
    asyncio.get_running_loop().set_debug(False)  # a thousand requests
    done: Counter[int] = Counter()
    async with site.administrator() as admin:
        for command in COMMANDS:
            for number, spoilt in enumerate([command, *spoilt_everywhere(command)]):
                body: dict[str, Any] = {"base_revision": site.control.plans.walls["city"].revision, "command": spoilt}
                path = "/api/walls/city/commands"
                if number % 5 == 4:
                    path, body = "/api/walls/city/overrides", body | {"minutes": 1}
                answer = await admin.post(path, content=json.dumps(body), headers={"content-type": "application/json"})
                assert answer.status_code < 500, (path, spoilt, answer.text)
                done[answer.status_code] += 1
        for path in ("", "/revisions", "/geometry", "/tours", "/overrides", "/draft"):
            told = await admin.get(f"/api/walls/city{path}")
            assert told.status_code == 200, (path, told.text)
        for path in ("/api/walls", "/api/displays/city-1/plan", "/api/audit", "/api/audit.csv"):
            assert (await admin.get(path)).status_code == 200, path
    assert done[200] > len(COMMANDS) / 2, done
    assert done[422] > 300, done
