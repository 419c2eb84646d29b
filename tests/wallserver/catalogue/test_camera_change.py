"""Changes of a camera that is there: what is left out stays, secrets stay where they were sent, and are never shown."""

from __future__ import annotations

from typing import Any

import pytest

from wallserver.catalogue import Catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.catalogue.camera_change import Known, changed_entry, differences, shown_url
from wallserver.catalogue.errors import CameraEntryError, CameraTakenError, NoSuchCameraError

GATE = CameraEntry(
    id="gate",
    name="Gerbang",
    district="Mariso",
    latitude=-5.15712,
    longitude=119.404,
    main_url="rtsp://admin:canary@10.0.0.5/main?channel=1&token=canary",
    sub_url="rtsp://10.0.0.5/sub",
    onvif_url="http://10.0.0.5/onvif",
    risk="red",
)
KNOWN = Known(GATE.camera(), GATE.source())
SHOWN = "rtsp://10.0.0.5/main?channel=1&token=***"


def changed(**values: Any) -> Known:
    entry = changed_entry({"id": "gate", **values}, frozenset(values), KNOWN)
    return Known(entry.camera(), entry.source())


def refused(**values: Any) -> list[str]:
    with pytest.raises(CameraEntryError) as error:
        changed(**values)
    return [one.column for one in error.value.errors]


def test_what_is_left_out_stays_and_secrets_too() -> None:
    after = changed(name="Gerbang Utara")
    assert after.camera.name == "Gerbang Utara"
    assert (after.source, after.camera.risk, after.camera.latitude) == (KNOWN.source, "red", -5.15712)
    assert [one.column for one in differences(KNOWN, after)] == ["name"]


def test_nothing_that_is_shown_is_secret() -> None:
    shown = KNOWN.shown()
    assert shown["main_url"] == SHOWN
    assert "canary" not in str(shown)
    assert not {"username", "password"} & set(shown)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://h/cam/realmonitor?channel=1&subtype=0", "rtsp://h/cam/realmonitor?channel=1&subtype=0"),
        ("https://h/a.m3u8?hdnts=exp=1~hmac=0123456789abcdef", "https://h/a.m3u8?hdnts=***"),
        ("https://h/a.m3u8?channel=aaaaaaaaaaaaaaaaaaaa&w=2", "https://h/a.m3u8?channel=***&w=2"),
        ("http://h/v?loginuse=admin&loginpas=s3cret&Channel=2", "http://h/v?loginuse=***&loginpas=***&Channel=2"),
        ("http://h/v?0123456789abcdef;psw=a?b=c", "http://h/v?***;psw=***"),
        ("rtsp://h/user=admin&password=secret&channel=1", "rtsp://h/user=***&password=***&channel=1"),
    ],
)
def test_addresses_are_shown_without_what_lets_somebody_in(url: str, shown: str) -> None:
    assert shown_url(url) == shown


def test_an_address_that_comes_back_as_it_was_shown_is_the_one_that_is_kept() -> None:
    assert changed(main_url=SHOWN).source == KNOWN.source
    assert changed(main_url="rtsp://10.0.0.5/other").source.password == "canary"
    assert refused(main_url="rtsp://10.0.0.5/other?token=***") == ["main_url"]
    with pytest.raises(CameraEntryError, match=r"\*\*\*"):
        changed_entry({"id": "new", "name": "Baru", "main_url": SHOWN}, frozenset({"main_url"}), None)


@pytest.mark.parametrize(
    "values",
    [
        {"main_url": "rtsp://10.0.0.6/main", "onvif_url": None},
        {"main_url": "rtsp://10.0.0.5:8554/main"},  # another camera behind the same router, perhaps
        {"sub_url": "rtsp://evil.example/sub"},
        {"sub_url": "rtsps://10.0.0.5:554/sub"},
    ],
)
def test_a_password_that_is_kept_is_sent_nowhere_else(values: dict[str, Any]) -> None:
    assert refused(**values) == ["password"]
    assert changed(**values, username="admin", password="another").source.password == "another"


def test_names_and_passwords_are_written_and_taken_away() -> None:
    assert changed(password="another").source.username == "admin"
    gone = changed(username=None, password=None).source
    assert (gone.username, gone.password) == (None, None)
    in_url = changed(main_url="rtsp://siti:s%20x@10.0.0.9/main", onvif_url=None, sub_url=None).source
    assert (in_url.username, in_url.password) == ("siti", "s x")
    (name, password) = differences(KNOWN, changed(username="siti", password="canary-2"))
    assert (name.column, name.secret, password.column, password.secret) == ("username", True, "password", True)
    assert "canary" not in repr((name, password))


def test_a_token_that_is_another_is_told_without_it() -> None:
    (only,) = differences(KNOWN, changed(main_url="rtsp://10.0.0.5/main?channel=1&token=canary-2"))
    assert (only.column, only.secret) == ("main_url", True)
    assert "canary" not in repr(only)


def test_what_is_wrong_is_said_of_each_column_in_both_languages() -> None:
    with pytest.raises(CameraEntryError) as error:
        changed(name="", risk="purple", latitude="north", colour="red")
    said = {one.column: (one.message, one.indonesian) for one in error.value.errors}
    assert said["name"] == ("must have at least 1 characters", "paling sedikit 1 huruf")
    assert said["risk"][1] == "harus salah satu dari 'red', 'yellow' atau 'green'"
    assert set(said) == {"name", "risk", "latitude", "colour"}


async def test_one_camera_is_added_changed_and_removed(catalogue: Catalogue) -> None:
    cameras = catalogue.cameras
    values = {"id": "gate", "name": "Gerbang", "main_url": "rtsp://u:p@h/"}
    assert (await cameras.add(values)).source.username == "u"
    with pytest.raises(CameraTakenError):
        await cameras.add(values)
    first = await cameras.version()
    before, after = await cameras.change("gate", {"name": "Pintu", "lorong": "Lorong 5"})
    assert (before.camera.name, after.camera.name, after.source.password) == ("Gerbang", "Pintu", "p")
    second = await cameras.version()
    assert second > first
    await cameras.change("gate", {"name": "Pintu"})
    assert await cameras.version() == second
    with pytest.raises(CameraEntryError, match="cannot be changed"):
        await cameras.change("gate", {"id": "other"})
    assert await cameras.get("gate") == after.camera
    await cameras.remove("gate")
    assert await cameras.get("gate") is None
    for missing in (cameras.remove("gate"), cameras.change("gate", {})):
        with pytest.raises(NoSuchCameraError):
            await missing
