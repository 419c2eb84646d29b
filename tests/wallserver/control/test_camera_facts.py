"""What the planner is told of a camera."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.camera_state import State, StreamStatus
from tests.wallserver.control.conftest import CAMERAS
from tests.wallserver.control.test_site import status
from wallserver.control.camera_facts import facts_of
from wallserver.control.costs import StreamFacts

CAMERA = CAMERAS[0].camera()
KNOWN = StreamStatus.from_json(status("cam.cam-1.main"))


def main_facts(known: StreamStatus | None) -> tuple[int, float, float, bool]:
    facts = facts_of(
        CAMERA, lambda stream: known if stream.endswith("main") else None, off=False, recorder=None, masks=()
    )
    return facts.main.width, facts.main.fps, facts.main.kbps, facts.main.playable


def test_what_is_not_known_yet_is_assumed() -> None:
    assert main_facts(None) == (1920, 25, 3000, True)
    assert main_facts(replace(KNOWN, codec="", width=0, height=0, fps=0.0, bitrate_kbps=0)) == (1920, 25, 3000, True)
    facts = facts_of(CAMERA, lambda _: None, off=True, recorder="10.0.0.9", masks=())
    assert (facts.sub.width, facts.sub.height, facts.off, facts.recorder) == (640, 360, True, "10.0.0.9")
    assert facts.main != facts.sub


@pytest.mark.parametrize(
    ("known", "playable"),
    [
        (KNOWN, True),
        (replace(KNOWN, codec="h265"), False),
        (replace(KNOWN, b_frames=True), False),
        (replace(KNOWN, state=State.UNSUPPORTED), False),
        (replace(KNOWN, codec="", state=State.UNSUPPORTED), False),
    ],
)
def test_what_a_browser_cannot_play_is_known_from_the_stream(known: StreamStatus, playable: bool) -> None:
    assert main_facts(known)[3] is playable


def test_what_changes_a_little_from_second_to_second_is_the_same() -> None:
    assert main_facts(replace(KNOWN, fps=14.2, bitrate_kbps=385)) == main_facts(
        replace(KNOWN, fps=14.9, bitrate_kbps=399)
    )
    assert main_facts(KNOWN)[1:3] == (15, 400)


def test_what_swings_round_a_step_stays_on_it_until_there_is_a_tenth_more() -> None:
    def fps_after(*measured: float) -> list[float]:
        known: dict[str, StreamFacts] = {}
        found = []
        for fps in measured:
            status_of = {stream: replace(KNOWN, fps=fps) for stream in CAMERA.streams}.get
            facts = facts_of(CAMERA, status_of, off=False, recorder=None, masks=(), before=known)
            known = {facts.main.stream: facts.main, facts.sub.stream: facts.sub}
            found.append(facts.main.fps)
        return found

    assert fps_after(14.9, 15.2, 14.8, 16.4) == [15, 15, 15, 15]
    assert fps_after(14.9, 16.6, 15.2, 14.9) == [15, 20, 20, 15]


def test_a_camera_of_one_stream_has_it_for_both() -> None:
    single = CAMERAS[0].model_copy(update={"max_sessions": 1}).camera()
    facts = facts_of(single, lambda _: None, off=False, recorder=None, masks=())
    assert facts.main == facts.sub
