"""Secrets that can be recognised, planted wherever a site keeps some; and all that the site then tells of itself."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import yaml
from websockets.asyncio.client import connect

from tests.support.oidc_provider import Provider
from tests.support.rtsp_camera import RtspCamera
from tests.support.site import CHOSEN_PASSWORD, Site, free_port
from tests.wallserver.gateway.viewer import Viewer
from tests.wallserver.people.test_role_matrix import ENDS, PARTS
from wallserver.config import settings_of
from wallserver.control import create_app
from wallserver.people.guard import check_routes

USER = "penjaga"
# In a camera's address, in its query, in its columns; what an administrator writes later; what is said by mistake.
ADDRESS, QUERY, COLUMN = "canary-address-5d1e", "canary-query-77a0", "canary-column-09cd"
LATER, MISTAKEN = "canary-later-b2f4", "canary-mistaken-e813"
PERSONAL, OIDC, TURN = "canary-personal-41c6", "canary-oidc-d97b", "canary-turn-3e58"
PLANTED = (ADDRESS, QUERY, COLUMN, LATER, MISTAKEN, PERSONAL, OIDC, TURN)

SITI = {"sub": "7", "preferred_username": "siti", "groups": ["wall-operators"]}
_NOBODYS = "00000000-0000-4000-8000-000000000000"
# A camera that shows what it was asked with, one that refuses every password, and one that is not there.
CAMERAS = ("playing", "refusing", "absent")


def cameras(playing: RtspCamera, refusing: RtspCamera) -> list[dict[str, Any]]:
    """The catalogue, with passwords of every kind."""
    host = playing.url.removeprefix("rtsp://")
    return [
        {"id": "playing", "name": "Main", "main_url": f"rtsp://{USER}:{ADDRESS}@{host}?key={QUERY}"},
        {"id": "refusing", "name": "Tolak", "main_url": refusing.url, "username": USER, "password": COLUMN},
        {
            "id": "absent",
            "name": "Tiada",
            "main_url": f"http://{USER}:{ADDRESS}@127.0.0.1:{free_port()}/index.m3u8?token={QUERY}",
        },
    ]


def settings(provider: Provider) -> dict[str, Any]:
    """What of config.yaml is secret."""
    return {
        "oidc": {
            "issuer": provider.issuer,
            "client_id": "wall",
            "client_secret": OIDC,
            "roles": {"wall-operators": {"role": "operator"}},
        },
        "gateway": {"addresses": ["127.0.0.1"], "turn": {"url": f"turn:127.0.0.1:{free_port()}", "credential": TURN}},
    }


@dataclass(slots=True)
class Told:
    """All that was told, by where; and how many answers of success each asker got."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    successes: dict[str, int] = field(default_factory=dict)

    def add(self, where: str, text: str) -> None:
        """Keep it."""
        self.texts.append((where, text))

    def answer(self, who: str, answer: httpx.Response) -> httpx.Response:
        """Keep an answer, with its head."""
        where = f"{who}: {answer.request.method} {answer.request.url.path}"
        self.add(where, json.dumps(dict(answer.headers)) + answer.content.decode(errors="replace"))
        self.successes[who] = self.successes.get(who, 0) + answer.is_success
        return answer

    def found(self, secrets: Sequence[str]) -> list[str]:
        """Where which of these secrets stands, as it is or as HTTP writes it."""
        forms = {secret: tuple(_written(secret)) for secret in secrets}
        return [
            f"{secret} in {where}"
            for where, text in self.texts
            for secret in secrets
            if any(form in text for form in forms[secret])
        ]


def _written(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret)
    for before in range(3):  # as Basic has it, whatever stands before
        within = base64.b64encode(b"x" * before + secret.encode()).decode()
        yield within[4:-4]


async def lives(site: Site, told: Told, provider: Provider) -> dict[str, httpx.AsyncClient]:
    """What people do with secrets in a day's work, right and wrong; those who did it, by their roles, signed in.

    Whoever calls closes the clients.
    """
    people = {role: _client(site) for role in ("nobody", "viewer", "operator", "supervisor", "admin")}
    admin = people["admin"]
    (await admin.post("/api/login", json={"username": "admin", "password": CHOSEN_PASSWORD})).raise_for_status()
    for role in ("viewer", "operator", "supervisor"):
        made = await admin.post("/api/users", json={"name": role, "role": role})
        first = made.json()["password"]
        client = people[role]
        (await client.post("/api/login", json={"username": role, "password": first})).raise_for_status()
        (await client.post("/api/me/password", json={"current": first, "new": PERSONAL})).raise_for_status()
    await _catalogued(admin, told)
    await _mistaken(people["nobody"], told)
    await _by_the_provider(site, told, provider)
    await _by_displays_and_players(site, told, people)
    return people


def _client(site: Site, **headers: str) -> httpx.AsyncClient:
    ours = {"X-Wallserver": "1"} | headers
    return httpx.AsyncClient(base_url=site.base, headers=ours, trust_env=False, timeout=30)


async def _catalogued(admin: httpx.AsyncClient, told: Told) -> None:
    new = {"id": "new", "name": "Baru", "main_url": f"rtsp://127.0.0.1:{free_port()}/", "username": USER}
    csv = f"id,name,main_url,username,password\nnew,,rtsp://{USER}:{LATER}@[broken/,{USER},{LATER}\n"
    for method, path, body in (
        ("POST", "/api/cameras", new | {"password": LATER}),
        ("PATCH", "/api/cameras/new", {"password": f"{LATER}-2"}),
        ("PATCH", "/api/cameras/new", {"main_url": f"rtsp://{USER}:{LATER}@[broken/"}),
        ("POST", "/api/catalogue/preview", {"form": "csv", "text": csv}),
        ("POST", "/api/catalogue/preview", {"form": "yaml", "text": f"streams: {{a: 'rtsp://u:{LATER}@[x/'}}"}),
        ("GET", "/api/cameras/new/entry", None),
    ):
        told.answer("admin", await admin.request(method, path, json=body))


async def _mistaken(nobody: httpx.AsyncClient, told: Told) -> None:
    """Passwords in wrong places."""
    for body in (
        {"username": "admin", "password": MISTAKEN},
        {"username": MISTAKEN, "password": MISTAKEN},
        {"username": "admin", "password": [MISTAKEN], "remember": MISTAKEN},
    ):
        told.answer("nobody", await nobody.post("/api/login", json=body))
    broken = f'{{"username": "admin", "password": "{MISTAKEN}"'
    told.answer("nobody", await nobody.post("/api/login", content=broken, headers={"content-type": "application/json"}))
    told.answer("nobody", await nobody.get("/api/me", headers={"authorization": f"Bearer {MISTAKEN}"}))
    told.answer("nobody", await nobody.get("/api/me", headers={"cookie": f"ws_session={MISTAKEN}"}))
    told.answer("nobody", await nobody.get("/api/oidc/callback", params={"code": MISTAKEN, "state": MISTAKEN}))
    told.answer("nobody", await nobody.get("/api/pairing/ABCDEF", headers={"authorization": f"Bearer {MISTAKEN}"}))


async def _by_the_provider(site: Site, told: Told, provider: Provider) -> None:
    async with _client(site) as siti:
        sent = told.answer("siti", await siti.get("/api/oidc/login"))
        back = await provider.signs_in(sent.headers["location"], "7")
        landed = told.answer("siti", await siti.get(back))
        assert landed.headers["location"] == "/console", landed.headers


async def _by_displays_and_players(site: Site, told: Told, people: dict[str, httpx.AsyncClient]) -> None:
    nobody, admin = people["nobody"], people["admin"]
    begun = (await nobody.post("/api/pairing")).json()
    (await admin.post("/api/displays/wall-1/pair", json={"code": begun["code"]})).raise_for_status()
    secret = {"authorization": f"Bearer {begun['secret']}"}
    token = (await nobody.get(f"/api/pairing/{begun['code']}", headers=secret)).json()["token"]
    people["display"] = _client(site, authorization=f"Bearer {token}")
    made = await admin.post("/api/tokens", json={"label": "VLC"})
    people["player"] = _client(site, authorization=f"Bearer {made.json()['token']}")
    viewer = Viewer(1, channel=False)
    sdp = {"content-type": "application/sdp"}
    played = await people["player"].post("/whep/cam.playing.main", content=await viewer.offer(), headers=sdp)
    assert told.answer("player", played).status_code == 201, played.text
    await viewer.close()
    async with connect(f"ws://{site.host}:{site.port}/ws/display") as socket:
        await socket.send(json.dumps({"t": "hello", "token": token}))
        for _ in range(2):  # the plan, and how its cameras are
            told.add("WEBSOCKET /ws/display", str(await socket.recv()))


async def asked(told: Told, people: Mapping[str, httpx.AsyncClient]) -> None:
    """Everybody asks every route, with each camera; last of all what ends somebody's session, or a display's."""
    routes = check_routes(create_app(settings_of()).routes).keys()
    for some in (sorted(routes - set(ENDS)), ENDS):
        await asyncio.gather(*(_asked(told, who, client, some) for who, client in people.items()))


async def _asked(told: Told, who: str, client: httpx.AsyncClient, routes: Sequence[str]) -> None:
    named = PARTS | {"wall": "wall", "display": "wall-1", "replay": "0" * 16, "user": _NOBODYS}
    for method, path in (route.split(" ") for route in routes):
        if method == "WEBSOCKET":
            continue
        objects = ("none",) if method == "DELETE" else CAMERAS if "{camera}" in path or "{stream}" in path else ("",)
        for camera in objects:
            address = path.format(**named, camera=camera, stream=f"cam.{camera}.main")
            body: Mapping[str, object] | None = None if method in {"GET", "HEAD", "OPTIONS"} else {"nonsense": 1}
            answer = told.answer(who, await client.request(method, address, json=body))
            if answer.status_code == 307 and camera == "playing":  # to a gateway, where HLS is
                told.answer(who, await client.get(answer.headers["location"]))


def written(folder: Path, told: Told) -> None:
    """Every file of the site but those that keep its secrets: what its processes logged, its database, its replays."""
    kept = {folder / "config.yaml", folder / "cameras.yaml"}
    for path in folder.rglob("*"):
        if path.is_file() and path not in kept and path.parent.name != "bus":
            told.add(str(path.relative_to(folder)), path.read_bytes().decode(errors="replace"))


def of_the_bus(folder: Path) -> list[str]:
    """The passwords of the bus, which the site made itself."""
    return [yaml.safe_load(path.read_text())["password"] for path in (folder / "state/bus").glob("*.yaml")]
