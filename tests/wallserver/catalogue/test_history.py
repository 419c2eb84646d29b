"""What is kept of cameras' states, and for how long."""

from __future__ import annotations

from ingest.camera_state import State
from wallserver.catalogue import Catalogue
from wallserver.catalogue.history import StateChange


def change(stream: str, at_ms: int, state: State = State.LIVE, cause: str = "") -> StateChange:
    return StateChange(stream, stream.split(".")[1], at_ms, state, cause, cause)


async def test_a_cameras_changes_come_back_newest_first_page_by_page(catalogue: Catalogue) -> None:
    mine = [change("cam.a.sub", at, State.STALE if at % 2 else State.LIVE, "Sebab.") for at in range(1, 6)]
    await catalogue.history.add([*mine, change("cam.b.main", 3)])
    await catalogue.history.add(mine[:2])  # again: an answer that was lost on the way
    assert await catalogue.history.of("a", 2**63 - 1, 3) == [mine[4], mine[3], mine[2]]
    assert await catalogue.history.of("a", 3, 3) == [mine[1], mine[0]]
    assert await catalogue.history.newest() == {"cam.a.sub": mine[4], "cam.b.main": change("cam.b.main", 3)}


async def test_what_still_holds_is_not_forgotten_however_old(catalogue: Catalogue) -> None:
    old, older = change("cam.a.sub", 20), change("cam.a.sub", 10)
    still = change("cam.b.sub", 5, State.UNREACHABLE)
    new = change("cam.a.sub", 200)
    await catalogue.history.add([older, old, still, new])
    await catalogue.history.forget(100, ["cam.a.sub", "cam.b.sub"])
    assert await catalogue.history.of("a", 2**63 - 1, 10) == [new, old]  # which held at 100
    assert await catalogue.history.of("b", 2**63 - 1, 10) == [still]


async def test_a_cause_of_any_length_is_kept_as_far_as_there_is_room(catalogue: Catalogue) -> None:
    await catalogue.history.add([change("cam.a.sub", 1, cause="x" * 5000)])
    (kept,) = await catalogue.history.of("a", 2, 1)
    assert kept.cause_en == "x" * 200
