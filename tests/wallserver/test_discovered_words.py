"""Every sentence about a device that was found is said in Indonesian too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ingest.onvif
from wallserver import discover
from wallserver.discovered_words import indonesian

# Those that stand in the source as they are said; a digit for each part that is filled in.
SOURCES = [*Path(ingest.onvif.__file__).parent.glob("*.py"), Path(discover.__file__)]
RAISED = {
    re.sub(r"{[^}]*}", "7", sentence)
    for source in SOURCES
    for sentence in re.findall(r'OnvifError\(\s*f?"([^"]*)"', source.read_text())
}
OTHERS = [
    "asks for a name and password",
    "does not accept this name or password",
    "does not allow our user to do this (GetProfiles)",
    "takes too long to answer",
    "is a name that no name server knows",
    "could not be asked: the log says why",
    "has no video profile",
    "does not know GetServices",
    "gives an address for its stream that cannot be used",
    "names 0.0.0.0 as its streams' address: the address that it answers at is taken instead",
    "sends MJPEG only: set it to H.264 or H.265, or enter it by hand: mosaics show it",
    "sends MPEG4 only: set it to H.264 or H.265",
    "its clock is 3 h behind",
    "its clock is 2 min ahead",
    "its clock is 9 days behind",
]


@pytest.mark.parametrize("sentence", [*sorted(RAISED), *OTHERS])
def test_every_sentence_has_another_in_indonesian(sentence: str) -> None:
    assert indonesian(sentence) != sentence
    assert indonesian(f"sub stream: {sentence}") == f"aliran kecil: {indonesian(sentence)}"


def test_the_sentences_of_the_source_were_found() -> None:
    assert len(RAISED) > 8


def test_what_a_device_names_itself_stands_as_it_is() -> None:
    assert indonesian(r"names \1<b> as its streams' address: the address that it answers at is taken instead") == (
        r"menyebut \1<b> sebagai alamat alirannya: yang dipakai alamat tempat ia menjawab"
    )
    assert indonesian("says something new") == "says something new"
