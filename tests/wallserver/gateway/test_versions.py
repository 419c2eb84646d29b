"""Viewers who cannot keep up, or say so, get lighter versions of what was planned."""

from __future__ import annotations

from tests.support.waiting import eventually
from tests.wallserver.gateway.conftest import House, connected
from tests.wallserver.gateway.pictures import Camera
from tests.wallserver.gateway.viewer import Viewer

MAIN, SUB = "cam.a.main", "cam.a.sub"
LIGHTER = {MAIN: SUB}


async def light(house: House) -> bool:
    sessions = (await house.ask("sessions"))["sessions"]
    return bool(sessions and sessions[0]["light"])


def streams(viewer: Viewer) -> list[str]:
    return [layout["stream"] for layout in viewer.layouts]


async def test_who_loses_much_gets_less(house: House) -> None:
    for stream in (MAIN, SUB):
        (await house.studio(Camera(stream))).run()
    async with connected(house, [MAIN], lighter=LIGHTER) as (viewer, _):
        await eventually(lambda: streams(viewer) == [MAIN])
        assert not await light(house)
        viewer.lose(3)
        await eventually(lambda: streams(viewer)[-1] == SUB)
        assert await light(house)


async def test_who_is_overloaded_gets_less_and_all_again(house: House, keeps_up: None) -> None:
    for stream in (MAIN, SUB, "cam.b.sub"):
        (await house.studio(Camera(stream))).run()
    async with connected(house, [MAIN, "cam.b.sub"], lighter=LIGHTER) as (viewer, session):
        await eventually(lambda: sorted(streams(viewer)) == [MAIN, "cam.b.sub"])
        shown = {"session": session, "slots": [MAIN, "cam.b.sub"], "lighter": LIGHTER}
        await house.ask("slots", plan=1, **shown, overloaded=True)
        await eventually(lambda: streams(viewer)[2:] == [SUB])
        # The same plan, said again, changes nothing.
        await house.ask("slots", plan=2, **shown, overloaded=True)
        await house.ask("slots", plan=3, **shown)
        await eventually(lambda: streams(viewer)[2:] == [SUB, MAIN])
        numbers = viewer.videos[1].numbers
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_what_is_there_stays_until_the_lighter_one_is(house: House, keeps_up: None) -> None:
    main, sub = await house.studio(Camera(MAIN)), await house.studio(Camera(SUB))
    main.run()
    async with connected(house, [MAIN], lighter=LIGHTER) as (viewer, session):
        await eventually(lambda: streams(viewer) == [MAIN])
        await house.ask("slots", session=session, plan=1, slots=[MAIN], lighter=LIGHTER, overloaded=True)
        await eventually(lambda: house.demanded({MAIN, SUB}))
        shown = len(viewer.videos[0].pictures)
        await eventually(lambda: len(viewer.videos[0].pictures) > shown + 10)
        assert streams(viewer) == [MAIN]
        sub.run()
        await eventually(lambda: streams(viewer) == [MAIN, SUB])
        await eventually(lambda: house.demanded({SUB}))


async def test_a_lighter_one_that_has_stopped_takes_the_place_of_nothing(house: House, keeps_up: None) -> None:
    main, sub = await house.studio(Camera(MAIN)), await house.studio(Camera(SUB))
    main.run()
    sub.run()
    async with connected(house, [MAIN, SUB], lighter=LIGHTER) as (viewer, session):
        await eventually(lambda: len(viewer.videos[0].pictures) > 5 and len(viewer.videos[1].pictures) > 5)
        shown = {"session": session, "slots": [MAIN, SUB], "lighter": LIGHTER}
        await house.ask("slots", plan=1, **shown, overloaded=True)
        await eventually(lambda: streams(viewer)[2:] == [SUB])
        # It stops: the viewer gets the full one again, though that is more than it can take.
        await sub.pause()
        await eventually(lambda: streams(viewer)[2:] == [SUB, MAIN])
        seen = len(viewer.videos[0].pictures)
        await eventually(lambda: len(viewer.videos[0].pictures) > seen + 30)
        assert streams(viewer)[2:] == [SUB, MAIN]
        sub.run()
        await eventually(lambda: streams(viewer)[2:] == [SUB, MAIN, SUB])
