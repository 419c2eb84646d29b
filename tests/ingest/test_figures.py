from __future__ import annotations

from ingest.figures import Figures


def test_rate_gop_and_bits() -> None:
    figures = Figures()
    assert (figures.fps, figures.gop_s, figures.bitrate_kbps) == (0.0, 0.0, 0)
    for number in range(61):
        figures.add(number / 15, number * 6000, 2500, keyframe=number % 30 == 0)
    assert figures.fps == 15.0
    assert figures.gop_s == 2.0
    assert figures.bitrate_kbps == 300


def test_a_pause_does_not_change_the_rate_and_old_units_are_forgotten() -> None:
    figures = Figures()
    for number in range(20):
        figures.add(number / 25, number * 3600, 1000, keyframe=False)
    figures.add(5.0, 450_000, 1000, keyframe=False)
    assert figures.fps == 25.0
    figures.add(500.0, 45_000_000, 1000, keyframe=False)
    assert figures.fps == 0.0
