"""What displays say is believed as far as it can be, and kept as far as it is of use."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

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


def test_of_cells_that_its_plan_does_not_have_nothing_is_kept(connection: display_hub._Connection) -> None:
    for number in range(1000):
        connection.has_drawn(7, [f"x{number}", "c1"], ["c1", "c2"])
    assert connection.drawn == {"c1"}
    connection.has_drawn(7, ["c2"], ["c1", "c2"])
    assert connection.drawn == {"c1", "c2"}
    connection.has_drawn(8, ["c2"], ["c1", "c2"])
    assert connection.drawn == {"c2"}


def test_a_display_that_floods_is_let_go_and_a_wall_of_tours_is_not(connection: display_hub._Connection) -> None:
    # 64 cells change each second, each drawn at an instant of its own, for some seconds; and then every 5 s.
    assert not any(connection.talks_too_much(second + cell / 64) for second in range(20) for cell in range(64))
    assert any(connection.talks_too_much(100.0) for _ in range(1000))
