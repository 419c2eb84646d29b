"""Signing in: the first password, lock-outs that tell nothing, one's own password, and pages of other sites."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.wallserver.control.conftest import CANARY, PASSWORD, Site
from wallserver.control.routes import waited
from wallserver.people.rate_limits import Tried
from wallserver.people.rights import Role
from wallserver.people.scope import EVERYTHING


async def sign_in(client: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    return await client.post("/api/login", json={"username": name, "password": password})


async def test_a_first_password_opens_nothing_but_its_own_change(site: Site) -> None:
    async with site.administrator() as admin, site.client(x_wallserver="1") as siti:
        first = (await admin.post("/api/users", json={"name": "siti", "role": "operator"})).json()["password"]
        assert (await sign_in(siti, "siti", first)).json()["must_change_password"] is True
        refused = await siti.get("/api/cameras")
        assert (refused.status_code, refused.json()["must_change_password"]) == (403, True)
        assert (await siti.get("/api/me")).json()["actions"] == ["session.own"]
        cases = [
            ("wrong one", PASSWORD, "current"),
            (first, first, "same"),
            (first, "short", "length"),
            (first, "siti siti siti", "alike"),
        ]
        for current, new, reason in cases:
            answer = await siti.post("/api/me/password", json={"current": current, "new": new})
            assert (answer.status_code, answer.json()["reason"]) == (422, reason)
            assert first not in answer.text
        chosen = await siti.post("/api/me/password", json={"current": first, "new": PASSWORD})
        assert chosen.status_code == 204
        assert (await siti.get("/api/cameras")).status_code == 200
        assert (await sign_in(siti, "siti", first)).status_code == 401


async def test_ones_own_password_cannot_be_guessed_by_who_found_the_browser_open(site: Site) -> None:
    async with site.signed_in(Role.OPERATOR) as operator:
        guess = {"current": CANARY, "new": PASSWORD}
        answers = [await operator.post("/api/me/password", json=guess) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert 0 < answers[-1].json()["retry_after_s"] <= 301


@pytest.mark.parametrize("name", ["admin", "nobody"])
async def test_a_lock_out_says_how_long_and_not_whether_there_is_such_a_user(site: Site, name: str) -> None:
    async with site.client() as client:
        answers = [await sign_in(client, name, CANARY) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert {answer.json()["error"] for answer in answers[:5]} == {"User name or password are wrong."}
    assert answers[5].json()["error"] == "Too many tries. Wait 5 minutes."


async def test_an_account_that_is_tried_from_everywhere_is_locked_for_a_while(site: Site) -> None:
    limits = site.control.people.limits
    for _ in range(100):
        limits.count(Tried.SIGN_IN_TO_ACCOUNT, "admin")
    async with site.client() as client:
        locked = await sign_in(client, "admin", await site.password_of("admin"))
        assert (locked.status_code, locked.json()["error"]) == (429, "Too many tries. Wait 60 minutes.")
        assert (await sign_in(client, "other", CANARY)).status_code == 401
    assert str(waited(30)) == "Too many tries. Wait a minute."


async def test_signing_out_everywhere_ends_every_session_of_ones_own(site: Site) -> None:
    user, _ = await site.control.people.accounts.add("siti", Role.VIEWER, EVERYTHING)
    keys = [await site.session_of(user) for _ in range(2)]
    browsers = [site.client(x_wallserver="1", cookie=f"ws_session={key}") for key in keys]
    async with browsers[0] as one, browsers[1] as other, site.administrator() as admin:
        assert (await one.delete("/api/me/sessions")).status_code == 204
        assert [(await browser.get("/api/me")).status_code for browser in (one, other, admin)] == [401, 401, 200]


async def test_a_page_of_another_site_changes_nothing_and_signs_nobody_in(site: Site) -> None:
    password = await site.password_of("admin")
    for origin, allowed in (
        ("http://wall.test", True),
        ("https://wall.test", False),
        ("http://wall.test:8080", False),
        ("http://wall.test.evil.example", False),
        ("http://WALL.TEST.", False),
        ("null", False),
    ):
        async with site.client(origin=origin) as client:
            answer = await sign_in(client, "admin", password)
            assert answer.status_code == (200 if allowed else 403), origin
            begun = await client.post("/api/pairing")
            assert begun.status_code == (200 if allowed else 403), origin
        async with site.administrator() as admin:
            changed = await admin.delete("/api/displays/city-1/pair", headers={"origin": origin})
            assert changed.status_code == (204 if allowed else 403), origin
            assert (await admin.get("/api/cameras", headers={"origin": origin})).status_code == 200


async def test_users_that_cannot_be_are_refused_in_words(site: Site) -> None:
    async with site.administrator() as admin:
        me = (await admin.get("/api/me")).json()["id"]
        users = f"/api/users/{me}"
        cases: list[tuple[str, str, dict[str, object], int, str]] = [
            ("POST", "/api/users", {"name": "admin", "role": "viewer"}, 409, "There is a user admin already."),
            ("POST", "/api/users", {"name": "x", "role": "king"}, 422, "'role'"),
            ("POST", "/api/users", {"name": " ", "role": "viewer"}, 422, "'name'"),
            ("POST", "/api/users", {"name": "a\u202eb", "role": "viewer"}, 422, "cannot be seen"),
            ("POST", "/api/users", {"name": "x", "role": "public"}, 422, "given to nobody"),
            ("POST", "/api/users", {"name": "x", "role": "admin", "scope": {"walls": []}}, 422, "no scope"),
            ("POST", "/api/users", {"name": "x", "role": "viewer", "scope": {"floors": []}}, 422, "floors"),
            (
                "POST",
                "/api/users",
                {"name": "x", "role": "viewer", "scope": {"cameras": {"groups": [{}]}}},
                422,
                "names",
            ),
            ("PATCH", users, {"role": "viewer"}, 409, "last administrator"),
            ("DELETE", users, {}, 409, "last administrator"),
            ("PATCH", "/api/users/none", {"role": "viewer"}, 404, "There is no user none."),
        ]
        for method, path, body, status, said in cases:
            answer = await admin.request(method, path, json=body)
            assert (answer.status_code, said in answer.json()["error"]) == (status, True), (body, answer.text)
        listed = (await admin.get("/api/users")).json()
        assert [(one["name"], one["role"], one["scope"]) for one in listed] == [("admin", "admin", None)]


async def test_tries_that_come_at_once_are_no_more_than_one_after_the_other(site: Site) -> None:
    async with site.client() as client:
        answers = await asyncio.gather(*(sign_in(client, "admin", CANARY) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15
    async with site.signed_in(Role.OPERATOR) as operator:
        guess = {"current": CANARY, "new": PASSWORD}
        answers = await asyncio.gather(*(operator.post("/api/me/password", json=guess) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [422] * 5 + [429] * 3
    async with site.administrator() as admin:
        pair, typed = "/api/displays/city-1/pair", {"code": "QQQQQQ"}
        answers = await asyncio.gather(*(admin.post(pair, json=typed) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [404] * 10 + [429] * 2


async def test_tries_at_once_from_everywhere_are_counted_for_the_account(site: Site) -> None:
    for _ in range(98):
        site.control.people.limits.count(Tried.SIGN_IN_TO_ACCOUNT, "admin")
    clients = [site.client(f"192.0.2.{n}") for n in range(6)]
    answers = await asyncio.gather(*(sign_in(client, "admin", CANARY) for client in clients))
    assert sorted(answer.status_code for answer in answers) == [401] * 2 + [429] * 4


async def test_right_passwords_from_one_proxy_are_never_too_many_at_once(site: Site) -> None:
    password = await site.password_of("admin")
    async with site.client() as proxy:
        answers = await asyncio.gather(*(sign_in(proxy, "admin", password) for _ in range(53)))
    assert {answer.status_code for answer in answers} == {200}


async def test_one_ipv6_subscriber_has_the_tries_of_one_address(site: Site) -> None:
    answers = [await sign_in(site.client(f"2001:db8::{n}"), "admin", CANARY) for n in range(1, 7)]
    answers.append(await sign_in(site.client("2001:db8:0:1::1"), "admin", CANARY))
    assert [answer.status_code for answer in answers] == [401] * 5 + [429, 401]
    begun = [await site.client(f"2001:db8::{n}").post("/api/pairing") for n in range(1, 32)]
    assert [answer.status_code for answer in begun] == [200] * 30 + [429]
