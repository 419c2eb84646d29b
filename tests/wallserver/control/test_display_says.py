"""What displays say is believed as far as it can be, and kept as far as it is of use."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from layouts.names import LONGEST_NAME
from wallserver.control import display_hub
from wallserver.control.flight_recorder import Proof
from wallserver.people.rights import DisplayToken


@pytest.fixture
def connection() -> display_hub._Connection:
    return display_hub._Connection(DisplayToken("token", "city-1"), Proof("city-1", 0))


@pytest.mark.parametrize(
    "figure",
    ['"frames": -1', f'"dropped": 1{"0" * 400}', f'"decoded": 1{"0" * 400}', '"heap_mb": Infinity', '"decode_ms": NaN'],
)
def test_figures_that_cannot_be_are_refused(figure: str) -> None:
    with pytest.raises(ValidationError):
        display_hub._incoming.validate_json(f'{{"t": "report", {figure}}}')


def test_every_cell_that_a_wall_may_have_can_be_told_of() -> None:
    name = "c" * LONGEST_NAME
    said = display_hub._incoming.validate_json(f'{{"t": "drawn", "plan": 1, "cells": ["{name}"]}}')
    assert isinstance(said, display_hub.Drawn)
    assert said.cells == [name]


def test_of_cells_that_its_plan_does_not_have_nothing_is_kept(connection: display_hub._Connection) -> None:
    for number in range(1000):
        connection.has_drawn(7, [f"x{number}", "c1"], ["c1", "c2"])
    assert connection.drawn == {"c1"}
    connection.has_drawn(7, ["c2"], ["c1", "c2"])
    assert connection.drawn == {"c1", "c2"}
    connection.has_drawn(8, ["c2"], ["c1", "c2"])
    assert connection.drawn == {"c2"}


def test_a_display_that_floods_is_let_go_and_a_wall_of_tours_is_not(connection: display_hub._Connection) -> None:
    # 64 cells change each second for a while, each drawn at an instant of its own, and are all reported at the end.
    assert not any(connection.talks_too_much(second + cell / 64, 50) for second in range(10) for cell in range(64))
    assert not connection.talks_too_much(10.0, 60_000)
    assert any(connection.talks_too_much(100.0, 50) for _ in range(1000))


def test_it_may_not_fill_the_flight_recorder(connection: display_hub._Connection) -> None:
    assert sum(not connection.talks_too_much(second / 100, 60_000) for second in range(6000)) < 70
