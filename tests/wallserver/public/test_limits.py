"""How many are let in, and who counts as one; and that nothing of it runs where nobody wants it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

import psutil
import pytest
import yaml
from pydantic import ValidationError

from tests.support.nats import BusServer
from tests.support.site import free_port
from tests.support.waiting import eventually
from wallserver.cli import BEHIND_THE_WALL
from wallserver.config import settings_of
from wallserver.counted_together import counted_together
from wallserver.house import children
from wallserver.public.limits import SHARES_OF_48, CamerasAtOnce, Offers, Room
from wallserver.public.refusals import Refusal, hls_full, too_many_from_here
from wallserver.public.settings import PublicSettings


def test_one_address_has_its_share_of_offers_and_all_together_have_theirs() -> None:
    now = 0.0
    offers = Offers(lambda: now)
    assert [offers.take("192.0.2.1") for _ in range(12)].count(True) == 10
    assert offers.take("192.0.2.2")
    taken = [offers.take(f"198.51.100.{number % 250}") for number in range(200)]
    assert taken.count(True) == 50 - 11
    now = 1.0
    assert offers.take("192.0.2.1")


def test_who_finds_no_room_has_none_until_somebody_leaves() -> None:
    room = Room(3, 2, hls_full, lambda: too_many_from_here("hls"))
    room.enter("a")
    with room.within("a"):
        with pytest.raises(Refusal) as crowded:
            room.enter("a")
        assert crowded.value.status == 429
        room.enter("b")
        with pytest.raises(Refusal) as full:
            room.enter("c")
        assert full.value.status == 503
    room.enter("c")
    assert room.taken == 3


def test_a_subscriber_with_many_networks_has_the_share_of_some() -> None:
    networks = [f"2001:db8:1:{number:x}::/64" for number in range(100)]
    room = Room(1000, 2, hls_full, lambda: too_many_from_here("hls"))
    let_in = 0
    for network in networks:
        with contextlib.suppress(Refusal):
            room.enter(network)
            let_in += 1
    assert let_in == 2 * SHARES_OF_48
    room.enter("2001:db8:2:1::/64")
    room.leave(networks[0])
    room.enter(networks[50])
    offers = Offers(lambda: 0.0)
    assert [offers.take(network) for network in networks].count(True) == 10 * SHARES_OF_48


def test_one_address_begins_no_more_than_half_of_the_cameras() -> None:
    running: set[str] = set()
    cameras = CamerasAtOnce(4, lambda: running)

    def asks(stream: str, address: str) -> int:
        try:
            cameras.check(stream, address)
        except Refusal as refusal:
            return refusal.status
        running.add(stream)
        return 200

    assert [asks(stream, "192.0.2.1") for stream in "abc"] == [200, 200, 429]
    assert [asks(stream, "192.0.2.2") for stream in "ccde"] == [200, 200, 200, 503]
    assert asks("d", "192.0.2.1") == 200  # others have it already
    running -= {"a", "c"}
    assert [asks(stream, "192.0.2.1") for stream in "ef"] == [200, 429]


def test_what_an_address_has_left_to_others_counts_for_it_no_more() -> None:
    running: set[str] = set()
    now = 0.0
    cameras = CamerasAtOnce(4, lambda: running, lambda: now)
    for stream in "ab":
        cameras.check(stream, "192.0.2.1")
        running.add(stream)
    for now in range(0, 90, 10):  # noqa: B007 - what the clock reads
        cameras.watches("a", "192.0.2.1")
        cameras.watches("b", "192.0.2.2")
    cameras.check("c", "192.0.2.1")
    running.add("c")
    with pytest.raises(Refusal) as crowded:
        cameras.check("d", "192.0.2.1")
    assert crowded.value.status == 429


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unknown", "-"),
    ],
)
def test_who_is_counted_as_one(address: str, counted: str) -> None:
    assert counted_together(address) == counted


def test_a_site_has_a_public_page_only_where_it_says_so(tmp_path: Path) -> None:
    def names(**public: object) -> list[str]:
        settings = settings_of(state_dir=tmp_path, public=public)
        return [child.name for child in children(settings, tmp_path / "config.yaml")]

    assert "public" not in names()
    assert "public" in names(enabled=True, addresses=["192.0.2.1"])


def test_the_public_is_told_no_address_that_nobody_named() -> None:
    with pytest.raises(ValidationError, match="needs 'addresses' or 'announced_addresses'"):
        PublicSettings(enabled=True)
    assert PublicSettings.model_validate({"enabled": True, "webrtc_viewers": 0}).enabled
    told = PublicSettings.model_validate({"enabled": True, "announced_addresses": ["192.0.2.1"]}).network()
    assert not told.announce_own_addresses


async def test_its_process_waits_for_those_of_the_wall(bus_server: BusServer, tmp_path: Path) -> None:
    """Where the machine has too little CPU for both."""
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"public": {"enabled": True, "port": free_port(), "webrtc_viewers": 0}}))
    command = ("wallserver", "public", "--bus", str(bus_server.files["public"]), "--config", str(config))
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command, stdin=asyncio.subprocess.DEVNULL)
    try:
        await eventually(lambda: psutil.Process(process.pid).nice() == BEHIND_THE_WALL)
    finally:
        process.kill()
        await process.wait()
