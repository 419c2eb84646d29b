"""What became of a wall from one revision to the next, as people say it, in Indonesian and English."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from layouts.commands import Command, RecallScene, Redo, Restore, Undo
from layouts.contents import CameraContent, ClockPanel, Content, Empty, StatesPanel, TextPanel, TourContent
from layouts.diff import CellChange, Diff, DisplayChange, diff
from layouts.wall import Wall

LONGEST = 400  # characters
_MOST_NAMED = 3


class Words(NamedTuple):
    """One sentence, twice."""

    indonesian: str
    english: str


class _Counted(NamedTuple):
    """What there may be one of, or many: Indonesian makes no difference."""

    indonesian: str
    one: str
    many: str


_KINDS = {
    "added": _Counted("sel baru", "new cell", "new cells"),
    "removed": _Counted("sel dihapus", "cell removed", "cells removed"),
    "moved": _Counted("sel dipindah", "cell moved", "cells moved"),
    "resized": _Counted("sel diubah ukurannya", "cell resized", "cells resized"),
    "fit": _Counted("sel diisi atau dipaskan", "cell fitted or filled", "cells fitted or filled"),
    "zoom": _Counted("sel diperbesar gambarnya", "cell zoomed", "cells zoomed"),
    "label": _Counted("label diubah", "label changed", "labels changed"),
    "locked": _Counted("sel dikunci", "cell locked", "cells locked"),
    "unlocked": _Counted("sel dibuka kuncinya", "cell unlocked", "cells unlocked"),
}
_DISPLAYS = _Counted("layar diubah", "display changed", "displays changed")
_HUNG = {
    "added": Words("ditambah ke dinding", "added to the wall"),
    "removed": Words("dilepas dari dinding", "taken off the wall"),
    "moved": Words("dipindah", "moved"),
}
_TOUR = Words("tur", "tour")
_SCENE = Words("adegan", "scene")
_BECAME = {
    "added": Words("disimpan", "saved"),
    "changed": Words("diubah", "changed"),
    "removed": Words("dihapus", "removed"),
}
_WALL = Words("susunan dinding diubah", "the wall's geometry or name changed")
_NOTHING = Words("Tidak ada yang berubah.", "Nothing changed.")
_MORE = Words("lainnya", "more")
_CHANGED = Words("Diubah", "Changed")

DRAFT = Words("Draf diterbitkan", "A draft was published")
SCHEDULE = Words("Jadwal", "Schedule")
OVERRIDE = Words("Sementara", "For a while")
RETURNED = Words("Kembali dari yang sementara", "Back from what was for a while")
_CAUSES = {"draft": DRAFT, "schedule": SCHEDULE, "override": OVERRIDE, "returned": RETURNED}


def words_of(
    before: Wall, after: Wall, command: Command | None, name_of: Callable[[str], str], why: Words | None = None
) -> Words:
    """What was done. `name_of`: a camera's name by its id; `why`: what led to it, where it was not a plain command."""
    found = diff(before, after)
    done = _led_by(before, command)
    heads = [one for one in (why, done) if one is not None]
    parts = list(_parts(found, before, after, name_of))
    if not parts and not heads:
        return _NOTHING
    if not heads and cause_of(_sentence(parts[0].indonesian)) is not None:  # a display may have such a name
        heads = [_CHANGED]
    both = (": ".join([*(head[at] for head in heads), "; ".join(part[at] for part in parts)]) for at in (0, 1))
    return Words(*(_sentence(text.removesuffix(": ")) for text in both))


def overridden(reason: str) -> Words:
    """OVERRIDE, with what somebody gave as the reason; "" is none."""
    return Words(*(f"{word} ({reason})" for word in OVERRIDE)) if reason else OVERRIDE


def cause_of(said_id: str) -> str | None:
    """What led to a revision, by its sentence in Indonesian: `draft`, `schedule`, `override`, `returned`; None: a plain
    command."""
    for cause, words in _CAUSES.items():
        if said_id.startswith(tuple(words.indonesian + after for after in (".", ": ", " ("))):
            return cause
    return None


def _led_by(before: Wall, command: Command | None) -> Words | None:
    match command:
        case Undo():
            return Words("Dibatalkan", "Undone")
        case Redo():
            return Words("Diulangi", "Redone")
        case Restore(revision):
            return Words(f"Kembali ke revisi {revision}", f"Back to revision {revision}")
        case RecallScene(scene):
            name = before.scene(scene).name
            return Words(f"Adegan {name} dipanggil", f"Scene {name} recalled")
        case _:
            return None


def _parts(found: Diff, before: Wall, after: Wall, name_of: Callable[[str], str]) -> Iterator[Words]:
    contents = [change for change in found.cells if change.after is not None and "content" in change.kinds]
    for change in contents[:_MOST_NAMED]:
        yield _content_words(change, after, name_of)
    if more := len(contents) - _MOST_NAMED:
        yield from [Words(f"{more} {_MORE.indonesian}", f"{more} {_MORE.english}")] if more > 0 else []
    whole = {change.display for change in found.displays if change.before is None or change.after is None}
    for kind, words in _KINDS.items():
        if count := sum(kind in change.kinds and change.display not in whole for change in found.cells):
            yield _counted(count, words)
    yield from _display_words(found.displays)
    for tour, kind in found.tours.items():
        yield _became(_TOUR, (before if kind == "removed" else after).tour(tour).name, kind)
    for scene, kind in found.scenes.items():
        yield _became(_SCENE, (before if kind == "removed" else after).scene(scene).name, kind)
    if found.wall:
        yield _WALL


def _display_words(changes: Sequence[DisplayChange]) -> Iterator[Words]:
    """The few that were hung or renamed by their names; the others are counted."""
    told = [list(_hung(change)) for change in changes] if len(changes) <= _MOST_NAMED else [[] for _ in changes]
    for words in told:
        yield from words
    if count := told.count([]):
        yield _counted(count, _DISPLAYS)


def _hung(change: DisplayChange) -> Iterator[Words]:
    before, after = change.before, change.after
    display = before or after
    assert display is not None  # noqa: S101 - what is on neither side has not changed
    for kind, words in _HUNG.items():
        if kind in change.kinds:
            yield Words(f"{display.name} {words.indonesian}", f"{display.name} {words.english}")
    if before and after and "renamed" in change.kinds:
        yield Words(f"{before.name} dinamai {after.name}", f"{before.name} renamed {after.name}")


def _content_words(change: CellChange, after: Wall, name_of: Callable[[str], str]) -> Words:
    display = after.display(change.display)
    in_reading_order = sorted(display.layout.cells, key=lambda cell: (cell.rect.y, cell.rect.x))
    number = next(at for at, cell in enumerate(in_reading_order, start=1) if cell.id == change.cell)
    shown = _named(change.after.content, after, name_of) if change.after else Words("", "")
    return Words(
        f"{display.name}, sel {number} = {shown.indonesian}", f"{display.name}, cell {number} = {shown.english}"
    )


def _became(what: Words, name: str, kind: str) -> Words:
    became = _BECAME[kind]
    return Words(f"{what.indonesian} {name} {became.indonesian}", f"{what.english} {name} {became.english}")


def _named(content: Content, wall: Wall, name_of: Callable[[str], str]) -> Words:
    match content:
        case CameraContent(camera):
            return Words(name_of(camera), name_of(camera))
        case TourContent(tour):
            name = wall.tour(tour).name
            return Words(f"tur {name}", f"tour {name}")
        case Empty():
            return Words("kosong", "empty")
        case ClockPanel():
            return Words("jam", "clock")
        case TextPanel():
            return Words("teks", "text")
        case StatesPanel():
            return Words("daftar keadaan", "list of states")
        case _:
            return Words("halaman atau gambar web", "web page or picture")


def _counted(count: int, words: _Counted) -> Words:
    return Words(f"{count} {words.indonesian}", f"{count} {words.one if count == 1 else words.many}")


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return f"{text}." if len(text) < LONGEST else f"{text[: LONGEST - 1]}…"
