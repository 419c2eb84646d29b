"""What a demo keeps of the start before."""

from __future__ import annotations

from pathlib import Path

from layouts.presets import wall_showing
from wallserver.catalogue import open_catalogue
from wallserver.config import Settings
from wallserver.demo import prepare_site
from wallserver.people import open_people


async def test_a_display_that_was_paired_by_its_code_stays_so(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    wall = wall_showing("makassar", "Makassar", ["cam-001", "cam-002"], cells_per_display=1)
    opened, paired = (display.id for display in wall.displays)
    first, administrator = await prepare_site(settings, [], wall)
    assert first.keys() == {opened, paired}
    assert administrator is not None
    async with open_catalogue(settings) as catalogue:
        by_code = await open_people(catalogue.database).tokens.for_display(paired)

    second, administrator = await prepare_site(settings, [], wall)

    assert second == {opened: first[opened]}, "an address that is open goes on, and nobody is told a new one"
    assert administrator is None
    async with open_catalogue(settings) as catalogue:
        assert await open_people(catalogue.database).tokens.principal(by_code) is not None
