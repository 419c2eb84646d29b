"""Commands as the API takes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given

from layouts.commands import Assign, Command
from layouts.commands_json import TYPES, command_from_json, command_to_json
from layouts.contents import CameraContent
from layouts.errors import LayoutError, NotUnderstoodError
from tests.layouts.strategies import commands

AT = {"display": "w-1", "cell": "c1"}


@given(commands)
def test_commands_survive_json(command: Command) -> None:
    assert command_from_json(json.loads(json.dumps(command_to_json(command)))) == command


def test_a_camera_is_assigned_by_its_id_alone_too() -> None:
    command = command_from_json({"type": "assign", **AT, "camera": "cam-1", "fit": "cover", "zoom": None})
    assert command == Assign("w-1", "c1", CameraContent("cam-1"), "cover")
    assert command_to_json(command) == {
        "type": "assign",
        **AT,
        "content": {"type": "camera", "camera": "cam-1"},
        "fit": "cover",
    }


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (None, "must be an object"),
        ([], "must be an object"),
        ({}, "no command of type 'None'"),
        ({"type": ["clear"]}, "no command of type"),
        ({"type": "explode"}, "no command of type 'explode'"),
        ({"type": "assign", "display": "w-1", "cell": 1, "camera": "a"}, "'cell' must be a text"),
        ({"type": "assign", **AT, "camera": "a", "fit": "stretch"}, "'contain' or 'cover'"),
        ({"type": "assign", **AT, "camera": "a", "content": {"type": "empty"}}, "no 'camera'"),
        ({"type": "assign", **AT, "content": {"type": "film"}}, "no content of type 'film'"),
        ({"type": "assign", **AT, "zoom": {"x": 0, "y": 0, "w": 1}}, "'h' must be a whole number"),
        ({"type": "clear", **AT, "force": True}, "has no 'force'"),
        ({"type": "clear", "display": "w-1"}, "'cell' must be a text"),
        ({"type": "clear", "display": "w-1", "cell": None}, "'cell' must be a text"),
        ({"type": "split", **AT, "columns": 1.5, "rows": 2}, "'columns' must be a whole number"),
        ({"type": "merge", "cells": [{"display": "w-1"}]}, "'cell' must be a text"),
        ({"type": "merge", "cells": "c1"}, "'cells' must be a list"),
        ({"type": "panorama", "displays": [1, 2]}, "a list of texts"),
        ({"type": "set_tour", "tour": "t"}, "a tour must be an object"),
        ({"type": "several", "commands": [{"type": "undo"}]}, "'undo' stands alone"),
        ({"type": "several", "commands": [{"type": "several", "commands": []}]}, "'several' stands alone"),
    ],
)
def test_json_that_is_no_command_is_refused(document: object, why: str) -> None:
    with pytest.raises(NotUnderstoodError, match=why):
        command_from_json(document)


def test_every_command_stands_in_the_docs() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "walls.md").read_text(encoding="utf-8")
    assert [kind for kind in TYPES if f"`{kind}`" not in documented] == []


@pytest.mark.parametrize("kind", TYPES)
def test_every_command_says_what_it_needs(kind: str) -> None:
    if kind in {"undo", "redo"}:
        assert command_to_json(command_from_json({"type": kind})) == {"type": kind}
    else:
        with pytest.raises(LayoutError):
            command_from_json({"type": kind, "nothing": 1})
