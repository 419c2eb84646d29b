"""Black, frozen, blurred, moved: on pictures made here, through a real encoder where noise and codec matter."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.access_unit import Codec
from ingest.camera_state import State
from ingest.decoder import NAMES
from ingest.judge_settings import JudgeSettings
from ingest.signal_health import Look, Luma, SignalHealth, alike, measure, same_view

SETTINGS = JudgeSettings()
WIDTH, HEIGHT = 640, 360
EVERY_S = 10.0


def street(seed: int = 1) -> Luma:
    """A place with houses, windows and a road, in the light of day."""
    rng = np.random.default_rng(seed)
    picture = np.full((HEIGHT, WIDTH), 150, np.uint8)
    cv2.rectangle(picture, (0, 240), (WIDTH, HEIGHT), 90, -1)
    for _ in range(60):
        x, y = int(rng.integers(0, WIDTH - 60)), int(rng.integers(20, HEIGHT - 50))
        w, h = (int(side) for side in rng.integers(15, 70, 2))
        cv2.rectangle(picture, (x, y), (x + w, y + h), int(rng.integers(40, 220)), -1)
        cv2.line(picture, (x, y + h), (x + w, y), int(rng.integers(30, 230)), 2)
    return picture


def lit(picture: Luma, share: float) -> Luma:
    """With less light: contrast and brightness are this share of what they were."""
    return (16 + (picture.astype(np.float32) - 16) * share).astype(np.uint8)


def noisy(picture: Luma, sigma: float, seed: int) -> Luma:
    """As a sensor sees it."""
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def with_clock(picture: Luma, second: int) -> Luma:
    """The burned-in clock of a camera."""
    picture = picture.copy()
    text = f"2026-11-23 12:{second // 60:02d}:{second % 60:02d}"
    cv2.putText(picture, text, (10, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 2)
    return picture


def shifted(picture: Luma, share: float) -> Luma:
    """The camera was turned by this share of its picture's width."""
    return np.roll(picture, int(share * picture.shape[1]), axis=1)


def keyframes(picture: Callable[[int], Luma], count: int) -> Iterator[Luma]:
    """What is left of them on the way of a camera that encodes at a constant quality: every 10th picture, decoded."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.thread_count = WIDTH, HEIGHT, "yuv420p", 1
    encoder.options = {"preset": "superfast", "tune": "zerolatency", "x264-params": "qp=30:keyint=10:scenecut=0"}
    chroma = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
    for number in range(10 * count):
        frame = av.VideoFrame.from_ndarray(np.vstack([picture(number), chroma]), "yuv420p")
        frame.pts = number
        for packet in encoder.encode(frame):
            if packet.is_keyframe:
                decoder = av.CodecContext.create(NAMES[Codec.H264], "r")
                decoder.thread_count = 1
                (decoded,) = [*decoder.decode(av.Packet(bytes(packet))), *decoder.decode(None)]
                assert isinstance(decoded, av.VideoFrame)
                yield decoded.to_ndarray()[:HEIGHT].astype(np.uint8, copy=False)


class Camera:
    """A stream and its looks, one each `EVERY_S`."""

    def __init__(self) -> None:
        self.health = SignalHealth()
        self.now = 0.0
        self._seed = 0

    def shows(self, picture: NDArray[np.uint8], looks: int = 1, sigma: float = 1.5) -> State:
        """Its state after so many looks at this picture, each with noise of its own."""
        state = State.LIVE
        for _ in range(looks):
            self._seed += 1
            state = self.sends(measure(noisy(picture, sigma, self._seed) if sigma else picture))
        return state

    def sends(self, look: Look) -> State:
        """Its state after this look."""
        self.now += EVERY_S
        return self.health.look(look, self.now, SETTINGS)


def test_a_street_is_live_by_day_at_night_and_with_people_in_it() -> None:
    camera, rng = Camera(), np.random.default_rng(9)
    for light in [1.0, 1.0, 0.9, 0.7, 0.5, 0.35, 0.25, 0.2, 0.2, 0.3, 0.5, 0.8, 1.0]:
        picture = lit(street(), light)
        for _ in range(6):
            x, y = int(rng.integers(0, 560)), int(rng.integers(100, 250))
            crowd = picture.copy()
            cv2.rectangle(crowd, (x, y), (x + 80, y + 100), 200, -1)
            assert camera.shows(crowd) is State.LIVE
    assert not camera.health.in_doubt


def test_black_is_said_at_the_third_look_and_taken_back_at_the_first_good_one() -> None:
    camera, black = Camera(), np.full((HEIGHT, WIDTH), 16, np.uint8)
    assert camera.shows(street(), 3) is State.LIVE
    assert camera.shows(black, 2) is State.LIVE
    assert camera.health.in_doubt
    assert camera.shows(black) is State.BLACK
    assert camera.shows(with_clock(black, 5), 3) is State.BLACK
    assert camera.shows(street()) is State.LIVE


def test_a_dark_alley_with_one_lamp_is_not_black() -> None:
    alley = np.full((HEIGHT, WIDTH), 20, np.uint8)
    cv2.circle(alley, (300, 150), 50, 200, -1)
    assert Camera().shows(alley, 20) is State.LIVE


def test_pictures_that_are_all_the_same_are_frozen_after_a_while() -> None:
    camera, still = Camera(), street()
    assert camera.shows(still, 3, sigma=0) is State.LIVE
    assert camera.health.in_doubt
    # Looks at 10, 20 … 50 s: alike from the second on, and for 30 s at the fifth.
    assert camera.shows(still, sigma=0) is State.LIVE
    assert camera.shows(still, sigma=0) is State.FROZEN
    assert camera.shows(street(2)) is State.LIVE


def test_a_running_clock_does_not_hide_that_the_rest_is_frozen() -> None:
    camera = Camera()
    states = [camera.sends(measure(one)) for one in keyframes(lambda n: with_clock(street(), n), 8)]
    assert states[:4] == [State.LIVE] * 4
    assert states[-1] is State.FROZEN


@pytest.mark.parametrize(("light", "sigma"), [(1.0, 0.3), (1.0, 1.5), (0.25, 0.5), (0.25, 3.0)])
def test_a_street_where_nothing_moves_is_not_frozen(light: float, sigma: float) -> None:
    """By day and at night; 0.3 levels are what a strong noise filter leaves."""
    camera, scene = Camera(), lit(street(), light)
    looks = [measure(one) for one in keyframes(lambda n: with_clock(noisy(scene, sigma, n), n), 8)]
    assert {camera.sends(look) for look in looks} == {State.LIVE}
    # And that not by a hair.
    assert max(alike(one.samples, other.samples) or 0 for one, other in itertools.pairwise(looks)) < 0.7


def test_one_thing_that_moves_shows_that_it_is_not_frozen() -> None:
    camera = Camera()
    for number in range(12):
        picture = street()
        cv2.rectangle(picture, (100 + 20 * number, 200), (130 + 20 * number, 240), 30, -1)
        assert camera.shows(picture, sigma=0) is State.LIVE


def test_a_lens_out_of_focus_is_blurred_after_five_minutes() -> None:
    camera, blurred = Camera(), cv2.GaussianBlur(street(), (0, 0), 5)
    assert camera.shows(street(), 6) is State.LIVE
    assert camera.shows(np.asarray(blurred, np.uint8), 30, sigma=0.3) is State.LIVE
    assert camera.shows(np.asarray(blurred, np.uint8), 2, sigma=0.3) is State.BLURRED
    assert camera.shows(street()) is State.LIVE


def test_a_foggy_night_and_a_slightly_softer_picture_are_not_blurred() -> None:
    camera = Camera()
    assert camera.shows(street(), 6) is State.LIVE
    fog = (street().astype(np.float32) * 0.2 + 130).astype(np.uint8)
    assert camera.shows(fog, 60) is State.LIVE
    soft = np.asarray(cv2.GaussianBlur(street(), (0, 0), 1), np.uint8)
    assert camera.shows(soft, 60) is State.LIVE


@pytest.mark.parametrize("elsewhere", [shifted(street(), 0.12), street(7)], ids=["turned a little", "another place"])
def test_a_camera_that_looks_elsewhere_has_moved_until_it_is_back_or_accepted(elsewhere: Luma) -> None:
    camera = Camera()
    assert camera.shows(street(), 4) is State.LIVE
    assert camera.shows(elsewhere, 6) is State.LIVE
    assert camera.shows(elsewhere, 2) is State.MOVED
    assert camera.shows(lit(elsewhere, 0.6)) is State.MOVED
    assert camera.shows(street()) is State.LIVE
    assert camera.shows(elsewhere, 8) is State.MOVED
    camera.health.accept_view()
    assert camera.shows(elsewhere, 12) is State.LIVE


def test_a_lorry_before_half_of_the_picture_is_no_move() -> None:
    camera, lorry = Camera(), street()
    assert camera.shows(street(), 4) is State.LIVE
    cv2.rectangle(lorry, (0, 0), (WIDTH // 2, HEIGHT), 128, -1)
    assert camera.shows(lorry, 30) is State.LIVE


def test_infrared_at_dusk_is_no_move() -> None:
    """What was bright is dark and the other way round; the edges stay where they are."""
    assert (same_view(measure(street()).edges, measure(255 - street()).edges) or 0) > 0.9


def test_where_there_is_too_little_to_see_nothing_is_said() -> None:
    grey = measure(np.full((HEIGHT, WIDTH), 128, np.uint8))
    assert (alike(grey.samples, grey.samples), same_view(grey.edges, grey.edges), grey.sharpness) == (None, None, None)
    camera = Camera()
    camera.shows(street(), 4)
    assert camera.shows(np.full((HEIGHT, WIDTH), 128, np.uint8), 30) is State.LIVE


@pytest.mark.parametrize("size", [(64, 64), (65, 3001), (2160, 3840), (479, 641), (64, 16384)])
def test_pictures_of_any_size_can_be_measured(size: tuple[int, int]) -> None:
    look = measure(np.random.default_rng(1).integers(0, 255, size, dtype=np.uint8))
    assert look.samples.shape == look.edges.shape == (54, 96)
