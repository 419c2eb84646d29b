"""Control on a fresh site, with and without the bus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from ingest.bus_address import BusAddress
from layouts.presets import wall_showing
from tests.support.nats import BusServer, bus_server
from tests.support.new_database import NewDatabase
from tests.support.waiting import eventually
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.catalogue.models import UserRow
from wallserver.config import Settings, settings_of
from wallserver.control import create_app
from wallserver.control.site import Control
from wallserver.people.accounts import User
from wallserver.people.guard import COOKIE
from wallserver.people.rights import Role
from wallserver.people.scope import EVERYTHING, Scope

__all__ = ["bus_server"]

CANARY = "canary-1f9a"
PASSWORD = "correct horse battery staple"
CAMERAS = [
    CameraEntry(
        id=f"cam-{n}",
        name=f"Kamera {n}",
        district="Mariso",
        lorong=f"Lorong {n}",
        main_url=f"rtsp://{CANARY}:{CANARY}@10.0.0.{n}/main?key={CANARY}",
        sub_url=f"rtsp://10.0.0.{n}/sub",
    )
    for n in range(1, 7)
]


@dataclass(slots=True)
class Site:
    """A control that runs, and how to talk to it."""

    app: FastAPI
    settings: Settings

    @property
    def control(self) -> Control:
        """Its parts."""
        control: Control = self.app.state.control
        return control

    def client(self, address: str = "127.0.0.1", **headers: str) -> httpx.AsyncClient:
        """Somebody who is nobody yet."""
        transport = httpx.ASGITransport(self.app, client=(address, 123))
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.AsyncClient(transport=transport, base_url="http://wall.test", headers=names)

    @asynccontextmanager
    async def administrator(self) -> AsyncIterator[httpx.AsyncClient]:
        """The administrator, signed in."""
        admin = await self.control.people.accounts.named("admin")
        async with self.client(x_wallserver="1") as client:
            client.cookies.set(COOKIE, await self.session_of(admin), domain="wall.test")
            yield client

    @asynccontextmanager
    async def signed_in(
        self, role: Role, scope: Scope = EVERYTHING, name: str = ""
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody new of this role, signed in; called as their role is, if not otherwise."""
        user, _ = await self.control.people.accounts.add(name or role.value, role, scope)
        async with self.client(x_wallserver="1") as client:
            client.cookies.set(COOKIE, await self.session_of(user), domain="wall.test")
            yield client

    async def session_of(self, user: User, *, must_change_password: bool = False) -> str:
        """The key of a session of somebody who has chosen a password, unless that is to come."""
        whose = update(UserRow).where(UserRow.id == user.id).values(must_change_password=must_change_password)
        async with self.control.catalogue.database.session() as session, session.begin():
            await session.execute(whose)
        return (await self.control.people.sessions.begin(user))[1]

    async def password_of(self, name: str) -> str:
        """A password of theirs that they chose."""
        accounts = self.control.people.accounts
        await accounts.choose_password((await accounts.named(name)).id, PASSWORD)
        return PASSWORD


@asynccontextmanager
async def running_site(settings: Settings, address: BusAddress | None = None) -> AsyncIterator[Site]:
    """A control whose lifespan has begun."""
    app = create_app(settings, address)
    async with app.router.lifespan_context(app):
        yield Site(app, settings)


@pytest.fixture
async def settings(tmp_path: Path, new_database: NewDatabase) -> Settings:
    """A site of six cameras on one display of 1+5."""
    settings = settings_of(state_dir=tmp_path / "site")
    new_database.at(tmp_path / "site" / "wallserver.db")
    async with open_catalogue(settings) as catalogue:
        await catalogue.cameras.put(CAMERAS)
        await catalogue.walls.add(wall_showing("city", "Kota", [camera.id for camera in CAMERAS]), "test")
    return settings


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[Site]:
    """Control without a bus."""
    async with running_site(settings) as running:
        yield running


@pytest.fixture
async def on_bus(settings: Settings, bus_server: BusServer) -> AsyncIterator[Site]:
    """Control with one."""
    async with running_site(settings, bus_server.address("control")) as site:
        await eventually(lambda: site.control.plans.resumed)
        yield site
