"""Hand-over notes by HTTP."""

from __future__ import annotations

import pytest

from tests.wallserver.control.conftest import Site


async def test_a_note_waits_for_the_next_shift(site: Site) -> None:
    async with site.administrator() as client:
        written = await client.post("/api/handovers", json={"text": " Pompa 2 mati.\nPetugas jalan. "})
        assert written.status_code == 201
        note = written.json()
        assert (note["text"], note["made_by"], note["confirmed_by"]) == ("Pompa 2 mati.\nPetugas jalan.", "admin", None)
        assert (await client.get("/api/handovers")).json() == [note]
        own = await client.post(f"/api/handovers/{note['id']}/confirm")
        assert (own.status_code, "somebody else" in own.json()["error"]) == (409, True)
        assert (await client.post("/api/handovers/none/confirm")).status_code == 404
    assert (await site.control.catalogue.handovers.confirm(note["id"], "budi")) is not None
    async with site.administrator() as client:
        assert (await client.get("/api/handovers")).json()[0]["confirmed_by"] == "budi"


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "x" * 4001])
async def test_what_is_no_note_is_refused(site: Site, text: str) -> None:
    async with site.administrator() as client:
        assert (await client.post("/api/handovers", json={"text": text})).status_code == 422
