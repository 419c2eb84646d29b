"""Cameras, walls and the database under them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from wallserver.catalogue.availability import Availability
from wallserver.catalogue.cameras import Cameras
from wallserver.catalogue.database import Database, open_database
from wallserver.catalogue.drafts import Drafts
from wallserver.catalogue.flight import Flight
from wallserver.catalogue.handovers import Handovers
from wallserver.catalogue.history import History
from wallserver.catalogue.imports import Imports
from wallserver.catalogue.masks import Masks
from wallserver.catalogue.publications import Publications
from wallserver.catalogue.secret_box import SecretBox
from wallserver.catalogue.switches import Switches
from wallserver.catalogue.timed import Timed
from wallserver.catalogue.walls import Walls
from wallserver.config import Settings


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the database holds, by subject."""

    database: Database
    cameras: Cameras
    imports: Imports
    walls: Walls
    history: History
    availability: Availability
    drafts: Drafts
    timed: Timed
    flight: Flight
    handovers: Handovers
    switches: Switches
    masks: Masks
    publications: Publications


@asynccontextmanager
async def open_catalogue(settings: Settings, clock: Callable[[], int] = now_ms) -> AsyncIterator[Catalogue]:
    """The site's catalogue, its tables up to date; closed at the end. Raises KeyFileError."""
    box = SecretBox.at(settings.state_dir / "secrets.key")
    database = await open_database(settings.database_url)
    cameras = Cameras(database, box, clock)
    try:
        yield Catalogue(
            database=database,
            cameras=cameras,
            imports=Imports(database, cameras, box, clock),
            walls=Walls(database, clock),
            history=History(database),
            availability=Availability(database),
            drafts=Drafts(database, clock),
            timed=Timed(database, clock),
            flight=Flight(database),
            handovers=Handovers(database, clock),
            switches=Switches(database),
            masks=Masks(database, clock),
            publications=Publications(database, clock),
        )
    finally:
        await database.close()
