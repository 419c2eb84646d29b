"""Routes: who may, what is answered, and that no answer holds a secret."""

from __future__ import annotations

import base64
import json
import subprocess
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from layouts.wall_json import wall_from_json
from tests.wallserver.control.conftest import CANARY, Site, running_site
from wallserver.config import DisplaySettings, HttpSettings, MapSettings, Settings
from wallserver.control.routes import cameras as cameras_routes
from wallserver.control.routes.whep import ice_server_link
from wallserver.gateway.settings import TurnSettings
from wallserver.people.guard import RouteWithoutActionError, check_routes
from wallserver.people.rights import Action, DisplayToken, PlayerToken

# What nobody needs to sign in for, written by hand.
OPEN = {
    "GET /healthz",
    "POST /api/login",
    "GET /api/oidc",
    "GET /api/oidc/login",
    "GET /api/oidc/callback",
    "POST /api/pairing",
    "GET /api/pairing/{code}",
    "GET /",
    "GET /display",
    "GET /console",
    "GET /status",
    "GET /admin",
    "GET /walls/{wall}",
    "GET /walls/{wall}/edit",
    "GET /login",
    "GET /assets/{name}",
    "OPTIONS /whep/{stream}",
    "OPTIONS /whep/{stream}/{session}",
    "OPTIONS /hls/{stream}/index.m3u8",
    "WEBSOCKET /ws/display",
}


def actions(app: FastAPI) -> dict[str, Action]:
    return check_routes(app.routes)


def filled(path: str) -> str:
    values = {
        "wall": "city",
        "camera": "cam-1",
        "display": "city-1",
        "stream": "cam.cam-1.main",
        "session": "g.00000000-0000-4000-8000-000000000000",
        "code": "ABCDEF",
        "replay": "00112233aabbccdd",
        "user": "00000000-0000-4000-8000-000000000000",
        "token": "00000000-0000-4000-8000-000000000000",
        "name": "x.js",
        "note": "0" * 32,
        "shown": "cam-1",
        "revision": "1",
        "entry": "0" * 32,
        "override": "0" * 32,
    }
    return path.format(**values)


def test_open_routes_are_the_ones_written_here(site: Site) -> None:
    assert {route for route, action in actions(site.app).items() if action is Action.OPEN} == OPEN


async def test_nobody_in_particular_gets_nothing_else(site: Site) -> None:
    async with site.client() as client:
        for route in sorted(actions(site.app).keys() - OPEN):
            method, path = route.split(" ")
            answer = await client.request(method, filled(path), json={"code": "ABCDEF"})
            assert answer.status_code in {401, 422}, (route, answer.text)  # 422: the body is read first
            bodiless = await client.request(method, filled(path))
            assert bodiless.status_code in {401, 422}, route


async def test_a_token_that_is_nobodys_is_refused(site: Site) -> None:
    async with site.client(authorization="Bearer guessed") as client:
        for path in ("/api/cameras", "/api/me", "/api/walls", "/api/displays"):
            answer = await client.get(path)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_display_may_show_itself_and_nothing_else(site: Site) -> None:
    token = await site.control.people.tokens.for_display("city-1")
    async with site.client(authorization=f"Bearer {token}") as client:
        assert (await client.get("/api/cameras")).status_code == 403
        offer = {"sdp": "v=0", "slots_offered": 18}
        assert (await client.post("/api/displays/city-2/session", json=offer)).status_code == 403
        own = await client.post("/api/displays/city-1/session", json=offer)
        assert (own.status_code, own.json()["error"]) == (503, "The bus is away. Try again in a few seconds.")


async def test_signing_in_and_out(site: Site) -> None:
    password = await site.password_of("admin")
    async with site.client(x_wallserver="1") as client:
        answer = await client.post("/api/login", json={"username": "admin", "password": password})
        assert answer.status_code == 200
        cookie = next(iter(client.cookies.jar))
        assert cookie.name == "ws_session"
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite") == "strict"
        me = (await client.get("/api/me")).json()
        assert (me["name"], me["role"], me["scope"]) == ("admin", "admin", None)
        assert (me["language"], me["timezone"]) == ("id", "Asia/Makassar")
        assert "cameras.edit" in me["actions"]
        key = client.cookies["ws_session"]
        assert (await client.post("/api/logout")).status_code == 204
        assert (await client.get("/api/me")).status_code == 401
        client.cookies.set("ws_session", key, domain="wall.test")
        assert (await client.get("/api/me")).status_code == 401


async def test_over_https_the_cookie_is_secure_and_no_other_host_can_set_it(site: Site) -> None:
    password = await site.password_of("admin")
    transport = httpx.ASGITransport(site.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://wall.test", headers={"x-wallserver": "1"}
    ) as client:
        answer = await client.post("/api/login", json={"username": "admin", "password": password})
        said = answer.headers["set-cookie"]
        assert said.startswith("__Host-ws_session=")
        assert {"Secure", "Path=/", "HttpOnly", "SameSite=strict"} <= set(said.split("; "))
        assert "Domain" not in said
        key = client.cookies["__Host-ws_session"]
        assert (await client.get("/api/me")).status_code == 200
        client.cookies.clear()
        assert (await client.get("/api/me", headers={"cookie": f"ws_session={key}"})).status_code == 401
        ours = {"cookie": f"__Host-ws_session={key}"}
        for method, path in (("POST", "/api/logout"), ("DELETE", "/api/me/sessions")):
            assert (await client.get("/api/me", headers=ours)).status_code == 200
            gone = await client.request(method, path, headers=ours)
            assert gone.headers["set-cookie"].startswith('__Host-ws_session=""')
            assert "Secure" in gone.headers["set-cookie"]  # else a browser would keep it
            again = await client.post("/api/login", json={"username": "admin", "password": password})
            ours = {"cookie": again.headers["set-cookie"].partition(";")[0]}
            client.cookies.clear()


async def test_wrong_passwords_are_refused_and_then_not_even_looked_at(site: Site) -> None:
    wrong = {"username": "admin", "password": CANARY}
    async with site.client() as client:
        answers = [await client.post("/api/login", json=wrong) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert all(CANARY not in answer.text for answer in answers)


async def test_changes_by_cookie_need_our_header(site: Site) -> None:
    async with site.administrator() as client:
        del client.headers["x-wallserver"]
        for method, path in (("POST", "/api/logout"), ("DELETE", "/api/displays/city-1/pair")):
            answer = await client.request(method, path)
            assert (answer.status_code, "X-Wallserver" in answer.text) == (403, True)
        assert (await client.get("/api/cameras")).status_code == 200


async def test_no_answer_holds_a_secret(site: Site) -> None:
    gets = [route.split(" ")[1] for route in actions(site.app) if route.startswith("GET ")]
    assert len(gets) > 10
    async with site.administrator() as client:
        for path in gets:
            answer = await client.get(filled(path))
            assert answer.status_code < 500 or answer.status_code == 503, path  # there is no gateway here
            assert CANARY not in answer.text + json.dumps(dict(answer.headers)), path
            if "10.0.0." in answer.text:
                assert path in {"/api/cameras/{camera}/entry", "/api/catalogue.csv"}, path


async def test_what_is_wrong_with_a_body_is_said_without_it(site: Site) -> None:
    async with site.client() as client:
        answer = await client.post("/api/login", json={"username": 5, "pasword": CANARY})
        assert answer.status_code == 422
        assert CANARY not in answer.text
        assert "'username' must be a text" in answer.json()["error"]
        assert "'password' is missing" in answer.json()["error"]
        broken = await client.post("/api/login", content=b"{", headers={"content-type": "application/json"})
        assert broken.status_code == 422
        large = await client.post("/api/login", content=b"x" * 600_000)
        assert large.status_code == 413
        absent = await client.get("/nothing/here")
        assert (absent.status_code, absent.json()["error"]) == (404, "There is nothing at this address.")


async def test_every_answer_has_the_security_headers(site: Site) -> None:
    async with site.client() as client:
        for path in ("/healthz", "/console", "/nothing", "/whep/cam.cam-1.main", "/assets/none.js"):
            headers = (await client.get(path)).headers
            assert "default-src 'self'" in headers["content-security-policy"], path
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"


async def test_only_a_display_may_show_pages_and_pictures_of_the_sites_in_config_yaml(settings: Settings) -> None:
    sites = ["https://maps.example.org"]
    allowing = settings.model_copy(update={"display": DisplaySettings.model_validate({"panel_sites": sites})})
    async with running_site(allowing) as site, site.client() as client:
        of_display = (await client.get("/display")).headers["content-security-policy"]
        assert "frame-src https://maps.example.org" in of_display
        assert "img-src 'self' data: blob: https://maps.example.org;" in of_display
        for path in ("/console", "/walls/city/edit", "/display/", "/api/walls"):
            assert "maps.example.org" not in (await client.get(path)).headers["content-security-policy"], path


async def test_a_panel_of_another_site_is_refused(site: Site) -> None:
    async with site.administrator() as admin:
        content = {"type": "panel", "panel": "web", "url": "https://maps.example.org/"}
        command = {"type": "assign", "display": "city-1", "cell": "c1", "content": content}
        answer = await admin.post("/api/walls/city/commands", json={"base_revision": 1, "command": command})
        assert (answer.status_code, answer.json()["error"]) == (
            422,
            "https://maps.example.org is not among display.panel_sites of config.yaml",
        )


async def test_health_says_starting_first(site: Site) -> None:
    async with site.client() as client:
        answer = await client.get("/healthz")
    assert answer.status_code == 200
    states = "live connecting stale frozen black blurred moved refused not_found unreachable unsupported off"
    assert answer.json() == {
        "status": "starting",
        "cameras": dict.fromkeys(states.split(), 0) | {"connecting": 6},
        "workers": {"puller": 0, "tiler": 0, "gateway": 0, "judge": 0},
    }


async def test_cameras_are_listed_with_their_states(site: Site) -> None:
    async with site.administrator() as client:
        listed = (await client.get("/api/cameras")).json()
    assert len(listed) == 6
    first = listed[0]
    assert (first["id"], first["district"], first["state"]) == ("cam-1", "Mariso", "connecting")
    assert first["cause_id"] == "Sedang menyambung ke kamera."
    assert first["streams"] == ["cam.cam-1.main", "cam.cam-1.sub"]


async def test_a_command_makes_the_next_revision_for_everybody(site: Site) -> None:
    clear = {"type": "clear", "display": "city-1", "cell": "c1"}
    async with site.administrator() as client:
        first = await client.post("/api/walls/city/commands", json={"base_revision": 1, "command": clear})
        assert first.status_code == 200
        wall = wall_from_json(first.json())
        assert (wall.revision, wall.display("city-1").layout.cell("c1").camera) == (2, None)
        assert (await client.get("/api/walls/city")).json() == first.json()
        assert (await client.get("/api/walls")).json() == [first.json()]
        stale = await client.post("/api/walls/city/commands", json={"base_revision": 1, "command": clear})
        assert stale.status_code == 409
        assert stale.json()["snapshot"] == first.json()
    assert await site.control.catalogue.walls.get("city") == wall
    assert site.control.plans.displays["city-1"].wall.revision == 2


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ({"type": "explode"}, "no command of type 'explode'"),
        ({"type": "clear", "display": "city-1", "cell": "c99"}, "no cell 'c99'"),
        ({"type": "assign", "display": "city-1", "cell": "c1", "camera": "absent"}, "no camera absent"),
        ({"type": "preset", "display": "city-1", "preset": "9x9"}, "no preset '9x9'"),
    ],
)
async def test_commands_that_cannot_be_are_refused_in_words(site: Site, command: dict[str, str], said: str) -> None:
    async with site.administrator() as client:
        answer = await client.post("/api/walls/city/commands", json={"base_revision": 1, "command": command})
        assert answer.status_code == 422
        assert said in answer.json()["error"]
        assert (await client.get("/api/walls/none")).status_code == 404


async def test_a_display_is_paired_by_its_code(site: Site) -> None:
    async with site.client() as screen, site.administrator() as administrator:
        begun = (await screen.post("/api/pairing")).json()
        secret = {"Authorization": f"Bearer {begun['secret']}"}
        path = f"/api/pairing/{begun['code']}"
        assert (await screen.get(path, headers=secret)).json() == {"paired": False}
        assert (await screen.get(path)).status_code == 404
        wrong = await administrator.post("/api/displays/city-1/pair", json={"code": "WRONG2"})
        assert wrong.status_code == 404
        absent = await administrator.post("/api/displays/none/pair", json={"code": begun["code"]})
        assert absent.status_code == 404
        typed = await administrator.post("/api/displays/city-1/pair", json={"code": begun["code"]})
        assert typed.status_code == 200
        site.control.viewers._changed.clear()
        paired = (await screen.get(path, headers=secret)).json()
        assert site.control.viewers._changed.is_set()  # the token before it has ended
        assert (paired["paired"], paired["display"]) == (True, "city-1")
        (listed,) = (await administrator.get("/api/displays")).json()
        assert (listed["id"], listed["paired"], listed["connected"]) == ("city-1", True, 0)
        assert (await administrator.delete("/api/displays/city-1/pair")).status_code == 204
        (listed,) = (await administrator.get("/api/displays")).json()
        assert listed["paired"] is False


async def test_guessing_codes_ends_soon(site: Site) -> None:
    async with site.administrator() as client:
        answers = [
            (await client.post("/api/displays/city-1/pair", json={"code": f"AAAAA{n % 10}"})).status_code
            for n in range(11)
        ]
    assert answers == [404] * 10 + [429]


async def test_tokens_for_players(site: Site) -> None:
    async with site.administrator() as client:
        made = await client.post("/api/tokens", json={"label": "VLC", "stream": "mosaic.city-1"})
        assert made.status_code == 201
        absent = await client.post("/api/tokens", json={"label": "VLC", "stream": "mosaic.none"})
        assert (absent.status_code, absent.json()["reason"]) == (422, "no_stream")
        (listed,) = (await client.get("/api/tokens")).json()
    key = made.json()["token"]
    principal = await site.control.people.tokens.principal(key)
    assert isinstance(principal, PlayerToken)
    assert listed == {
        "id": principal.token,
        "kind": "player",
        "label": "VLC",
        "stream": "mosaic.city-1",
        "made_by": "admin",
        "made_ms": listed["made_ms"],
    }


async def test_a_token_is_withdrawn_once_and_written_down(site: Site) -> None:
    tokens = site.control.people.tokens
    key, display = await tokens.for_metrics("prometheus", "root"), await tokens.for_display("city-1")
    (token,) = await tokens.listed()
    of_display = await tokens.principal(display)
    assert isinstance(of_display, DisplayToken)
    async with site.administrator() as admin, site.client(authorization=f"Bearer {key}") as prometheus:
        assert (await prometheus.get("/metrics")).status_code == 200
        assert (await admin.delete(f"/api/tokens/{token.id}")).status_code == 204
        assert (await prometheus.get("/metrics")).status_code == 401
        for absent in (token.id, of_display.token, "nonsense"):
            refused = await admin.delete(f"/api/tokens/{absent}")
            assert refused.status_code == 404
            assert "There is no token" in refused.json()["error"]
        assert (await admin.get("/api/tokens")).json() == []
        (entry,) = (await admin.get("/api/audit", params={"action": "tokens.withdraw"})).json()
    assert (entry["who"], entry["object"], entry["before"]) == ("admin", "prometheus", token.to_json())
    assert await tokens.principal(display) == of_display


async def test_whep_refuses_in_plain_sentences(site: Site) -> None:
    token = await site.control.people.tokens.for_player("any", None)
    sdp = {"content-type": "application/sdp"}
    async with site.client(authorization=f"Bearer {token}") as client:
        session = "/whep/cam.cam-1.main/g.00000000-0000-4000-8000-000000000000"
        fragment = {"content-type": "application/trickle-ice-sdpfrag"}
        playing = "/whep/cam.cam-1.main"
        cases: list[tuple[str, str, str | bytes, dict[str, str], int]] = [
            ("POST", playing, "{}", {"content-type": "application/json"}, 415),
            ("POST", playing, "v=0", sdp | {"accept": "text/html, application/sdp;q=0"}, 406),
            ("POST", "/whep/cam.none.main", "v=0", sdp, 404),
            ("POST", "/whep/mosaic.none", "v=0", sdp, 404),
            ("POST", "/whep/nonsense", "v=0", sdp, 404),
            ("POST", playing, b"\xff", sdp, 400),
            ("POST", playing, "v" * 400_001, sdp, 400),
            ("POST", playing, "v=0", sdp, 503),
            ("PATCH", session, "a", sdp, 415),
            ("PATCH", session, b"\xff", fragment, 400),
            ("PATCH", session, "a", fragment | {"if-match": "*"}, 503),
            ("PATCH", f"{playing}/nonsense", "a", fragment, 404),
            ("DELETE", session, "", {}, 503),
        ]
        for method, path, content, headers, status in cases:
            answer = await client.request(method, path, content=content, headers=headers)
            assert answer.status_code == status, (method, path, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.json()["detail"].endswith(".")
            assert answer.json()["title"] == HTTPStatus(status).phrase
        for place in (playing, session):
            read = await client.get(place)
            assert (read.status_code, read.content) == (204, b"")
    async with site.client() as nobody:
        answer = await nobody.post("/whep/cam.cam-1.main", content="v=0", headers=sdp)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        asked = await nobody.options("/whep/cam.cam-1.main")
        assert (asked.status_code, asked.headers["accept-post"]) == (200, "application/sdp")
        assert "X-Wallserver" not in asked.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in asked.headers


async def test_only_the_sites_that_are_named_may_play_our_streams(settings: Settings) -> None:
    named = settings.model_copy(
        update={"http": HttpSettings.model_validate({"cors_origins": ["https://player.example.org"]})}
    )
    async with running_site(named) as site, site.client() as client:
        for origin, allowed in (("https://player.example.org", True), ("https://other.example.org", False)):
            answer = await client.options("/whep/cam.cam-1.main", headers={"origin": origin})
            assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
            assert answer.headers["vary"] == "Origin"


def test_players_are_told_of_a_turn_server_only_with_credentials_that_expire() -> None:
    turn = {"url": "turns:turn.example.org", "credential": "shared secret"}
    link = ice_server_link(TurnSettings.model_validate(turn), now=1_000_000)
    assert link is not None
    # As coturn reckons it: base64(HMAC-SHA1(secret, username)).
    assert link == (
        '<turns:turn.example.org>; rel="ice-server"; username="1086400:wallserver"; '
        f'credential="{hmac_of("shared secret", "1086400:wallserver")}"; credential-type="password"'
    )
    assert ice_server_link(TurnSettings.model_validate(turn | {"username": "wall"}), now=0) is None
    assert ice_server_link(TurnSettings(), now=0) is None
    unreadable = {"url": "turn:turn.example.org", "credential_file": "/nowhere/at/all"}
    assert ice_server_link(TurnSettings.model_validate(unreadable), now=0) is None


def hmac_of(secret: str, text: str) -> str:
    made = subprocess.run(
        ["openssl", "dgst", "-sha1", "-hmac", secret, "-binary"], input=text.encode(), capture_output=True, check=True
    )
    return base64.b64encode(made.stdout).decode()


async def test_pages_are_files_of_one_folder(site: Site) -> None:
    async with site.client() as client:
        home = await client.get("/")
        assert (home.status_code, home.headers["location"]) == (307, "/console")
        for name in ("..%2fpackage.json", "../package.json", "%2e%2e%2fpackage.json", "a%00b", "a" * 5000):
            assert (await client.get(f"/assets/{name}")).status_code == 404


def test_a_route_without_an_action_keeps_the_server_from_starting(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from wallserver.control import create_app

    forgotten = APIRoute("/api/forgotten", lambda: None, methods=["GET"])
    monkeypatch.setattr(cameras_routes.router, "routes", [*cameras_routes.router.routes, forgotten])
    with pytest.raises(RouteWithoutActionError, match="/api/forgotten"):
        create_app(site.settings)


async def test_the_map_is_read_in_pieces_where_the_site_has_one(settings: Settings, tmp_path: Path) -> None:
    piece = {"Range": "bytes=2-4"}
    async with running_site(settings) as site, site.administrator() as admin:
        assert (await admin.get("/api/map/basemap", headers=piece)).status_code == 204
    (tmp_path / "city.pmtiles").write_bytes(b"PMTiles")
    basemap = MapSettings(basemap=tmp_path / "city.pmtiles")
    async with running_site(settings.model_copy(update={"map": basemap})) as site, site.administrator() as admin:
        answer = await admin.get("/api/map/basemap", headers=piece)
        assert (answer.status_code, answer.content) == (HTTPStatus.PARTIAL_CONTENT, b"Til")
