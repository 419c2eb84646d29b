"""What a viewer may ask for again."""

from __future__ import annotations

from wallserver.gateway.history import KEPT_S, History, Sent


def sent(first: int, count: int, at: float) -> Sent:
    return Sent(b"\x80\x60", first, b"", 0, [bytes([place]) for place in range(count)], at)


def test_each_packet_is_found_also_where_the_numbers_wrap() -> None:
    history = History()
    for one in (begin := sent(65_530, 10, 0.0), later := sent(4, 3, 0.1)):
        history.add(one)
    assert history.find(65_530) == (begin, 0)
    assert history.find(3) == (begin, 9)
    assert history.find(4) == (later, 0)
    assert history.find(6) == (later, 2)
    assert history.find(7) is None
    assert history.find(65_529) is None


def test_what_is_too_old_is_forgotten() -> None:
    history = History()
    for number in range(100):
        history.add(sent(number * 10, 10, number * 0.1))
    assert history.find(0) is None
    kept = [number for number in range(100) if history.find(number * 10) is not None]
    assert len(kept) * 0.1 >= KEPT_S
    assert len(kept) * 0.1 <= KEPT_S + 0.3
