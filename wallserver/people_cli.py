"""`wallserver people …`: who may sign in, for whoever has the server itself; what is changed here is audited too."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from wallserver.cli_options import DEFAULT_CONFIG, ConfigFile, plain_errors, read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from wallserver.people import People
    from wallserver.people.scope import Scope

app = typer.Typer(help="Who may sign in.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The user's name.")]
RoleName = Annotated[Literal["viewer", "operator", "supervisor", "admin"], typer.Argument()]
ScopeText = Annotated[
    str | None,
    typer.Option("--scope", help="Where the role holds, as JSON (docs/operating.md); without: everywhere."),
]


@app.command("list")
def list_(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """List who may sign in, with roles and scopes."""
    import json

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from wallserver.people.written_scope import scope_to_json

    users = _with_people(config, lambda people: people.accounts.list())
    table = Table("name", "role", "scope", "first password still")
    for user in users:
        scope = scope_to_json(user.scope)
        told = "" if scope is None else json.dumps({key: part for key, part in scope.items() if part is not None})
        table.add_row(escape(user.name), user.role.value, escape(told), "yes" if user.must_change_password else "")
    Console().print(table)


@app.command()
def add(name: Name, role: RoleName, scope: ScopeText = None, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Add somebody, and print their first password, this once; they choose another when they first sign in."""
    from wallserver.people.rights import Role

    async def work(people: People) -> str:
        user, password = await people.accounts.add(name, Role(role), _scope(scope))
        await _write_down(people, user.id, after=user.to_json())
        return password

    typer.echo(_with_people(config, work))


@app.command("role")
def change_role(name: Name, role: RoleName, scope: ScopeText = None, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Give somebody another role, everywhere or within --scope."""
    from wallserver.people.rights import Role

    async def work(people: People) -> None:
        user = await people.accounts.named(name)
        before, after = await people.accounts.change(user.id, role=Role(role), scope=_scope(scope))
        await _write_down(people, user.id, before=before.to_json(), after=after.to_json())

    _with_people(config, work)


@app.command()
def remove(name: Name, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Remove somebody; their sessions end."""

    async def work(people: People) -> None:
        user = await people.accounts.remove((await people.accounts.named(name)).id)
        await _write_down(people, user.id, before=user.to_json())

    _with_people(config, work)


@app.command()
def password(name: Annotated[str, typer.Argument()] = "admin", config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Give somebody a new password, print it, and end their sessions; they choose another when they sign in."""

    async def work(people: People) -> str:
        user = await people.accounts.named(name)
        renewed = await people.accounts.renew_password(user.id)
        await _write_down(people, user.id)
        return renewed

    typer.echo(_with_people(config, work))


@app.command("metrics-token")
def metrics_token(label: Annotated[str, typer.Argument()], config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Make a bearer token for a program that reads /metrics, as Prometheus does, and print it, this once."""

    async def work(people: People) -> str:
        token = await people.tokens.for_metrics(label[:120], getpass.getuser())
        await _write_down(people, label)
        return token

    typer.echo(_with_people(config, work))


def _with_people[T](config: Path, work: Callable[[People], Coroutine[Any, Any, T]]) -> T:
    from wallserver.catalogue import open_catalogue
    from wallserver.people import open_people

    async def opened() -> T:
        async with open_catalogue(read_settings(config)) as catalogue:
            return await work(open_people(catalogue.database))

    with plain_errors():
        return asyncio.run(opened())


def _write_down(
    people: People, obj: str, *, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
) -> Awaitable[None]:
    from wallserver.people.audit import Done
    from wallserver.people.rights import Action

    return people.audit.add(Done(getpass.getuser(), "command line", Action.USERS_EDIT, obj, before, after), "-")


def _scope(text: str | None) -> Scope:
    from pydantic import ValidationError

    from wallserver.people.scope import EVERYTHING
    from wallserver.people.written_scope import WrittenScope

    if text is None:
        return EVERYTHING
    try:
        return WrittenScope.model_validate_json(text).scope()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"--scope {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
