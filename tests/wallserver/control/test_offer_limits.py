"""Who offers too often is refused before it costs anything; a room full of displays is not."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.wallserver.control.conftest import Site
from wallserver.control.offer_limits import FROM_ALL, FROM_ONE, OfferKind, OfferLimits
from wallserver.control.sessions import SessionError

SDP = {"content-type": "application/sdp"}


class Clock:
    """Seconds that pass only when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> OfferLimits:
    return OfferLimits(clock)


def retries(display: random.Random) -> Iterator[float]:
    """When a display that is refused by an absent gateway tries again (static/src/shared/backoff.ts)."""
    at, wait = 0.0, 0.5
    while True:
        yield at
        at += wait * (0.5 + display.random() / 2)
        wait = min(10, 2 * wait)


def test_displays_behind_one_address_are_not_refused_after_a_power_cut(limits: OfferLimits, clock: Clock) -> None:
    offers = []
    for display in range(53):
        for at in retries(random.Random(display)):
            if at > 60:
                break
            offers.append(at)
    began = clock.now
    for at in sorted(offers):
        clock.now = began + at
        assert limits.take("display", "203.0.113.7") is None
    assert len(offers) > 500


def test_a_flood_gets_what_its_address_may_have_and_no_more(limits: OfferLimits, clock: Clock) -> None:
    taken = 0
    for _ in range(10_000):
        clock.now += 0.001
        wait_s = limits.take("player", "198.51.100.1")
        taken += wait_s is None
        assert wait_s in {None, 1}
    rate, burst = FROM_ONE["player"]
    assert burst <= taken <= burst + 10 * rate + 1
    assert limits.refused["player"] == 10_000 - taken


@pytest.mark.parametrize("kind", ["display", "player"])
def test_a_flood_of_one_kind_from_everywhere_leaves_the_other_kind_alone(
    limits: OfferLimits, clock: Clock, kind: OfferKind
) -> None:
    def offered(address: str) -> bool:
        assert limits.take(kind, address) is None
        try:
            limits.admit(kind, address)
        except SessionError as error:
            return error.status != 429
        return True

    taken = sum(offered(f"10.{n >> 8}.{n & 255}.1") for n in range(5000))
    assert taken == pytest.approx(FROM_ALL[kind][1], abs=1)
    other: OfferKind = "player" if kind == "display" else "display"
    assert limits.take(other, "10.0.0.1") is None
    limits.admit(other, "10.0.0.1")


def test_who_has_no_right_takes_no_turn_of_who_has(limits: OfferLimits) -> None:
    for n in range(5000):
        assert limits.take("display", f"10.{n >> 8}.{n & 255}.1") is None
    assert limits.take("display", "192.0.2.1") is None
    limits.admit("display", "192.0.2.1")


def test_one_ipv6_subscriber_is_one_and_mapped_ipv4_addresses_are_many(limits: OfferLimits) -> None:
    burst = FROM_ONE["player"][1]
    taken = [limits.take("player", f"2001:db8::{n:x}") is None for n in range(2 * int(burst))]
    assert sum(taken) == pytest.approx(burst, abs=1)
    assert limits.take("player", "2001:db8:0:1::1") is None
    assert all(limits.take("player", f"::ffff:192.0.2.{n}") is None for n in range(255))


def exhaust(site: Site, kind: OfferKind) -> None:
    """As if the client of these tests had offered until it was refused."""
    while site.control.offers.take(kind, "127.0.0.1") is None:
        pass


async def test_an_offer_too_many_is_a_problem_with_a_time_to_come_back(site: Site) -> None:
    async with site.client() as flood:
        exhaust(site, "player")
        for _ in range(100):
            refused = await flood.post("/whep/cam.cam-1.main", content="v=0", headers=SDP)
            if refused.status_code != 401:
                break
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["access-control-allow-origin"] == "*"
        assert refused.json()["status"] == 429
        display = await flood.post("/api/displays/city-1/session", json={"sdp": "v=0"})
        assert display.status_code == 401
        assert (await flood.get("/healthz")).status_code == 200


async def test_a_display_that_offers_for_ever_is_told_in_words(site: Site) -> None:
    token = await site.control.people.tokens.for_display("city-1")
    async with site.client(authorization=f"Bearer {token}") as display:
        exhaust(site, "display")
        for _ in range(100):
            answer = await display.post("/api/displays/city-1/session", json={"sdp": "v=0"})
            if answer.status_code == 429:
                break
        assert answer.status_code == 429
        assert "Try again in 1 s" in answer.json()["error"]
        assert site.control.offers.refused["display"] >= 1
