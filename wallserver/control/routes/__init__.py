"""HTTP by subject: one module, one router each."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from wallserver.control.site import Control
from wallserver.people.guard import principal_of
from wallserver.people.rights import Principal


def control_of(connection: HTTPConnection) -> Control:
    """The control that this app belongs to."""
    control: Control = connection.app.state.control
    return control


type ControlOf = Annotated[Control, Depends(control_of)]
type WhoAsks = Annotated[Principal, Depends(principal_of)]


def address_of(connection: HTTPConnection) -> str:
    """The address that asks, for counting."""
    return connection.client.host if connection.client else "-"
