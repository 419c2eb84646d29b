"""What all commands share: the settings file, and errors in plain words instead of tracebacks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.errors import IngestError
from ingest.redact import redact

if TYPE_CHECKING:
    from wallserver.config import Settings

ConfigFile = Annotated[Path, typer.Option("--config", help="The site's settings.")]
DEFAULT_CONFIG = Path("config.yaml")


def read_settings(config: Path | None) -> Settings:
    """The settings in `config`, or the defaults and what the environment says.

    What is wrong in them goes to standard error, line by line. Raises typer.Exit.
    """
    from wallserver.config import ConfigError, load_settings, settings_of

    try:
        return settings_of() if config is None else load_settings(config)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """What a person can do something about ends the program with one sentence; anything else is a bug and shows."""
    from wallserver.catalogue.errors import CatalogueError
    from wallserver.gateway.errors import GatewayError
    from wallserver.people.errors import PeopleError

    try:
        yield
    except (IngestError, CatalogueError, GatewayError, PeopleError, OSError, ValueError) as error:
        typer.echo(redact(str(error)), err=True)
        raise typer.Exit(1) from error
