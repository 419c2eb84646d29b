"""Whatever comes from a device, nothing but OnvifError comes out, and a listener to datagrams goes on."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ingest.onvif import soap
from ingest.onvif.discovery import Found, _Listener
from ingest.onvif.errors import OnvifError
from tests.support.onvif_device import OnvifDevice

ADDRESS = ("127.0.0.9", 3702)


def answer(listener: _Listener) -> bytes:
    found = re.search(rb"MessageID>([^<]+)<", listener.probe)
    assert found is not None
    return OnvifDevice("127.0.0.9").probe_match(found[1].decode())


def test_the_answer_that_is_mutilated_below_is_good() -> None:
    listener = _Listener()
    listener.datagram_received(answer(listener), ADDRESS)
    assert listener.found() == [Found("127.0.0.9", ("http://127.0.0.9:0/onvif/device_service",), "Gate North")]


def test_a_match_without_its_list_is_taken_too() -> None:
    listener = _Listener()
    listener.datagram_received(re.sub(rb"</?d:ProbeMatches>", b"", answer(listener)), ADDRESS)
    assert listener.found()


@given(st.data())
def test_a_mutilated_answer_is_taken_or_left(data: st.DataObject) -> None:
    listener = _Listener()
    whole = answer(listener)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    listener.datagram_received(whole[:start] + data.draw(st.binary(max_size=40)) + whole[end:], ADDRESS)
    for found in listener.found():
        assert (found.name + "".join(found.urls)).isprintable()


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: f"<a><b>{text}</b></a>".encode()))
def test_any_bytes_are_an_element_or_an_error(data: bytes) -> None:
    try:
        root = soap.parse(data)
    except OnvifError:
        return
    assert soap.words(root, "b").isprintable()
    assert soap.number(root, "b") >= 0
    assert soap.fault(root) is None
