"""Who may no longer see something is sent it no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.support.waiting import eventually
from tests.wallserver.gateway.conftest import House, connected
from tests.wallserver.gateway.pictures import Camera
from tests.wallserver.gateway.viewer import Viewer
from wallserver.gateway import confirmation, process
from wallserver.gateway.session import Session


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test to ask for before its house, which asks control from its first moment on."""
    monkeypatch.setattr(confirmation, "CONFIRM_S", 0.2)


async def test_who_may_no_longer_watch_is_sent_nothing_more(often: None, house: House) -> None:
    allowed = {"token:1", "token:2"}
    asked: list[list[Any]] = []

    async def confirm(_: str, payload: dict[str, Any]) -> dict[str, Any]:
        asked[:] = payload["watched"]
        return {"allowed": [streams if viewer in allowed else None for viewer, _, streams in payload["watched"]]}

    one = connected(house, ["cam.a.sub"], kind="whep", viewer="token:1", asked="cam.a.sub")
    two = connected(house, ["cam.a.sub", "cam.b.sub"], display="wall-1", viewer="token:2")
    async with one as (_, first), two as (_, second):
        await asyncio.sleep(0.5)  # nobody answers: all goes on
        await house.control.serve("req.viewers.confirm", confirm)
        await eventually(lambda: len(asked) == 2)
        assert sorted(asked) == [
            ["token:1", "cam.a.sub", ["cam.a.sub"]],
            ["token:2", "", ["cam.a.sub", "cam.b.sub"]],
        ]
        allowed.discard("token:1")
        await eventually(lambda: (first, "closed") in house.states)
        assert (second, "closed") not in house.states
        allowed.clear()
        await eventually(lambda: (second, "closed") in house.states)


async def test_what_control_did_not_attach_is_taken_off_its_slot_and_the_others_go_on(
    often: None, house: House, keeps_up: None
) -> None:
    refused = {"cam.a.main"}
    answered = 0

    async def confirm(_: str, payload: dict[str, Any]) -> dict[str, Any]:
        nonlocal answered
        answered += 1
        return {"allowed": [[one for one in streams if one not in refused] for _, _, streams in payload["watched"]]}

    for stream in ("cam.a.main", "cam.a.sub", "cam.b.sub"):
        (await house.studio(Camera(stream))).run()
    slots, lighter = ["cam.a.main", "cam.b.sub"], {"cam.a.main": "cam.a.sub"}
    async with connected(house, slots, display="wall-1", viewer="token:2", lighter=lighter) as (viewer, session):
        # A lighter version of what is refused goes with it.
        shown = {"session": session, "display": "wall-1", "lighter": lighter}
        await house.ask("slots", plan=1, slots=slots, **shown, overloaded=True)
        await eventually(lambda: house.demanded({"cam.a.sub", "cam.b.sub"}))
        await house.control.serve("req.viewers.confirm", confirm)
        await house.control.tell(confirmation.RIGHTS_CHANGED, {})
        await eventually(lambda: house.demanded({"cam.b.sub"}))
        await eventually(lambda: viewer.layouts[-1]["kind"] == "none")
        assert viewer.layouts[-1]["slot"] == 0
        seen, asked = len(viewer.videos[1].pictures), answered
        await eventually(lambda: len(viewer.videos[1].pictures) > seen + 5 and answered > asked + 2)
        assert (session, "closed") not in house.states
        refused.clear()
        await house.ask("slots", plan=2, slots=slots, **shown)
        await eventually(lambda: house.demanded({"cam.a.main", "cam.b.sub"}))


async def test_a_plan_that_comes_just_after_control_was_asked_is_no_mistake_but_none_at_all_is(
    when_told: None, house: House
) -> None:
    refused: set[str] = set()

    async def confirm(_: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {"allowed": [[one for one in streams if one not in refused] for _, _, streams in payload["watched"]]}

    async def ask_again(streams: set[str]) -> None:
        await house.control.tell(confirmation.RIGHTS_CHANGED, {})
        await eventually(lambda: house.demanded(streams))

    await house.control.serve("req.viewers.confirm", confirm)
    with capture_logs() as logs:
        async with connected(house, ["cam.a.sub", "cam.b.sub"], display="wall-1", viewer="token:2") as (_, session):
            plan = {"session": session, "display": "wall-1"}
            refused.add("cam.a.sub")
            await ask_again({"cam.b.sub"})
            await house.ask("slots", plan=1, slots=["cam.c.sub", "cam.b.sub"], **plan)
            await eventually(lambda: house.demanded({"cam.b.sub", "cam.c.sub"}))
            refused.add("cam.b.sub")
            await ask_again({"cam.c.sub"})
            assert not _warnings(logs)
            refused.add("cam.c.sub")
            await ask_again(set())
    (wrong,) = _warnings(logs)
    assert wrong["streams"] == ["cam.b.sub"]


@pytest.mark.parametrize("may", [None, []], ids=["who may not watch", "what may not be seen"])
async def test_an_offer_that_waits_for_its_turn_ends_with_the_right(
    when_told: None, house: House, monkeypatch: pytest.MonkeyPatch, may: list[str] | None
) -> None:
    turn, answer = asyncio.Event(), Session.answer
    asked: list[Any] = []

    async def in_turn(session: Session, *offered: Any) -> str:
        await turn.wait()
        return await answer(session, *offered)

    async def confirm(_: str, payload: dict[str, Any]) -> dict[str, Any]:
        asked[:] = payload["watched"]
        return {"allowed": [may if viewer == last else streams for viewer, _, streams in asked]}

    monkeypatch.setattr(Session, "answer", in_turn)
    viewers = [Viewer(1, channel=False) for _ in range(process.ANSWERED_AT_A_TIME + 1)]
    names = [f"session-{n}" for n in range(len(viewers))]
    last = names[-1]
    offers = []
    for count, (viewer, name) in enumerate(zip(viewers, names, strict=True), 1):
        offer = {"session": name, "kind": "whep", "viewer": name, "asked": "cam.a.sub", "slots": ["cam.a.sub"]}
        offers.append(asyncio.create_task(house.ask("offer", sdp=await viewer.offer(), **offer)))
        await eventually(lambda count=count: house.figures_of("sessions", count))  # type: ignore[misc]
    await house.control.serve("req.viewers.confirm", confirm)
    await house.control.tell(confirmation.RIGHTS_CHANGED, {})
    await eventually(lambda: (last, "closed") in house.states)
    assert sorted(asked) == [[name, "cam.a.sub", ["cam.a.sub"]] for name in names]
    turn.set()
    *answered, refused = await asyncio.gather(*offers)
    assert all("sdp" in one for one in answered)
    assert refused["error"]["code"] == 404
    await asyncio.gather(*(viewer.close() for viewer in viewers))


async def test_where_control_cannot_say_who_lost_a_right_it_is_soon_asked_again(when_told: None, house: House) -> None:
    answers: list[dict[str, Any]] = [{"error": "the database cannot be reached"}, {"allowed": [None]}]

    async def confirm(_: str, _payload: dict[str, Any]) -> dict[str, Any]:
        return answers.pop(0)

    async with connected(house, ["cam.a.sub"], kind="whep", viewer="token:1", asked="cam.a.sub") as (_, session):
        await house.control.serve("req.viewers.confirm", confirm)
        await house.control.tell(confirmation.RIGHTS_CHANGED, {})
        await eventually(lambda: (session, "closed") in house.states)
    assert not answers


def _warnings(logs: Iterable[EventDict]) -> list[EventDict]:
    return [log for log in logs if log["log_level"] == "warning" and "may not see" in log["event"]]
