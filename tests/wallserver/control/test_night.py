"""The nightly reload: each display once a night, one after the other, at the hour that config.yaml names."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from wallserver.config import ConfigError, settings_of
from wallserver.control.night import due

WITA = ZoneInfo("Asia/Makassar")
WALL = ("a", "b", "c", "d")


def ms(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-11-28 {text}+08:00").timestamp() * 1000)


def told(since: str, now: str, at: time = time(3, 30)) -> tuple[str, ...]:
    return due(at, 900, WITA, WALL, ms(since), ms(now))


def test_each_display_has_a_turn_of_its_own_within_the_spread() -> None:
    assert told("03:29:58", "03:30:03") == ("a",)
    assert told("03:30:03", "03:33:40") == ()
    assert told("03:33:40", "03:33:45") == ("b",)
    assert told("03:33:45", "03:50:00") == ("c", "d")


def test_nobody_is_told_twice() -> None:
    turns = [told(f"03:{minute:02}:00", f"03:{minute + 1:02}:00") for minute in range(20, 59)]
    assert [display for turn in turns for display in turn] == list(WALL)


def test_a_spread_over_midnight_goes_on_on_the_next_day() -> None:
    last = due(time(23, 55), 900, WITA, WALL, ms("00:00:00"), ms("00:10:00"))
    assert last == ("c", "d")


def test_the_hour_is_refused_where_it_is_none() -> None:
    assert settings_of(display={"reload_at": "never"}).display.reload_at is None
    for wrong in (12_600, "half past three"):
        with pytest.raises(ConfigError, match=r"display\.reload_at"):
            settings_of(display={"reload_at": wrong})


def test_a_site_for_panels_is_an_origin_and_nothing_more() -> None:
    assert settings_of(display={"panel_sites": ["https://Maps.Example.org"]}).display.panel_sites == (
        "https://maps.example.org",
    )
    for wrong in ("maps.example.org", "https://maps.example.org/", "https://a.example; script-src *", "*"):
        with pytest.raises(ConfigError, match=r"display\.panel_sites"):
            settings_of(display={"panel_sites": [wrong]})
