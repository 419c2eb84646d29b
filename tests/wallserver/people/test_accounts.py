"""People: the first administrator, those that follow, their roles, scopes and passwords."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from wallserver.people import People
from wallserver.people.errors import (
    DisabledUserError,
    LastAdministratorError,
    NameTakenError,
    NoSuchUserError,
    ScopeError,
    WeakPasswordError,
)
from wallserver.people.rights import Role
from wallserver.people.scope import EVERYTHING, CameraGroup, CameraScope, Scope

OWN = "raba siang di losari"
SCOPE = Scope(
    walls=frozenset({"wall"}),
    displays={"wall-1": None, "wall-2": frozenset({"c1", "c2"})},
    cameras=CameraScope(frozenset({"gate"}), frozenset({CameraGroup("Mariso"), CameraGroup(place="lorong")})),
)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def first(people: People) -> str:
    password = await people.accounts.first_administrator()
    assert password is not None
    return password


async def test_the_first_password_is_told_once_and_has_to_be_changed(people: People) -> None:
    password = await first(people)
    assert len(password) == 19
    assert await people.accounts.first_administrator() is None
    user = await people.accounts.with_password("admin", password)
    assert user is not None
    assert (user.name, user.role, user.scope, user.must_change_password) == ("admin", Role.ADMIN, EVERYTHING, True)
    await people.accounts.choose_password(user.id, OWN)
    assert await people.accounts.with_password("admin", password) is None
    chosen = await people.accounts.with_password("admin", OWN)
    assert chosen is not None
    assert not chosen.must_change_password


async def test_wrong_names_and_passwords_are_refused(people: People) -> None:
    password = await first(people)
    assert await people.accounts.with_password("admin", password + "x") is None
    assert await people.accounts.with_password("admin", "") is None
    assert await people.accounts.with_password("nobody", password) is None


async def test_passwords_and_keys_are_stored_as_hashes(people: People, tmp_path: Path) -> None:
    password = await first(people)
    user = await people.accounts.named("admin")
    await people.accounts.choose_password(user.id, OWN)
    _, key = await people.sessions.begin(user)
    written = everything_in(tmp_path)
    assert b"$argon2id$" in written
    for secret in (password, OWN, key):
        assert secret.encode() not in written


async def test_a_scope_is_kept_as_it_was_given(people: People) -> None:
    user, _ = await people.accounts.add("siti", Role.OPERATOR, SCOPE)
    assert user.scope == SCOPE
    assert (await people.accounts.named("siti")).scope == SCOPE
    assert [one.name for one in await people.accounts.list()] == ["siti"]


async def test_a_change_says_what_was_before(people: People) -> None:
    user, _ = await people.accounts.add("siti", Role.VIEWER, EVERYTHING)
    before, after = await people.accounts.change(user.id, role=Role.OPERATOR, scope=SCOPE)
    assert (before.role, before.scope, after.role, after.scope) == (Role.VIEWER, EVERYTHING, Role.OPERATOR, SCOPE)
    assert await people.accounts.named("siti") == after
    _, renamed = await people.accounts.change(user.id, name="Siti Aminah")
    assert (renamed.name, renamed.role, renamed.scope) == ("Siti Aminah", Role.OPERATOR, SCOPE)
    _, everywhere = await people.accounts.change(user.id, scope=EVERYTHING)
    assert everywhere.scope == EVERYTHING


async def test_two_people_cannot_have_one_name(people: People) -> None:
    await people.accounts.add("siti", Role.VIEWER, EVERYTHING)
    other, _ = await people.accounts.add("budi", Role.VIEWER, EVERYTHING)
    with pytest.raises(NameTakenError, match="There is a user siti already"):
        await people.accounts.add("siti", Role.ADMIN, EVERYTHING)
    with pytest.raises(NameTakenError):
        await people.accounts.change(other.id, name="siti")


async def test_the_last_administrator_stays(people: People) -> None:
    await first(people)
    admin = await people.accounts.named("admin")
    for role in (Role.VIEWER, Role.SUPERVISOR):
        with pytest.raises(LastAdministratorError):
            await people.accounts.change(admin.id, role=role)
    with pytest.raises(LastAdministratorError):
        await people.accounts.remove(admin.id)
    other, _ = await people.accounts.add("siti", Role.ADMIN, EVERYTHING)
    await people.accounts.remove(admin.id)
    with pytest.raises(LastAdministratorError):
        await people.accounts.remove(other.id)


async def test_two_administrators_cannot_remove_each_other_at_once(people: People) -> None:
    await first(people)
    admin = await people.accounts.named("admin")
    for turn in range(5):
        other, _ = await people.accounts.add(f"siti-{turn}", Role.ADMIN, EVERYTHING)
        ends = await asyncio.gather(
            people.accounts.remove(admin.id), people.accounts.remove(other.id), return_exceptions=True
        )
        assert [type(end) for end in ends].count(LastAdministratorError) == 1
        admin = admin if isinstance(ends[0], LastAdministratorError) else other


async def test_whoever_is_disabled_is_out_at_once_until_they_are_not(people: People) -> None:
    await first(people)
    admin = await people.accounts.named("admin")
    with pytest.raises(LastAdministratorError):
        await people.accounts.change(admin.id, disabled=True)
    user, password = await people.accounts.add("siti", Role.ADMIN, EVERYTHING)
    person, key = await people.sessions.begin(user)
    await people.accounts.change(user.id, disabled=True)
    assert await people.sessions.person(key) is None
    assert await people.sessions.by_names([person.session]) == {}
    assert await people.accounts.with_password("siti", password) is None
    with pytest.raises(LastAdministratorError):  # whoever cannot sign in is no help
        await people.accounts.change(admin.id, role=Role.VIEWER)
    await people.accounts.change(user.id, disabled=False)
    assert await people.accounts.with_password("siti", password) is not None
    await people.accounts.change(admin.id, role=Role.VIEWER)


async def test_whoever_is_disabled_is_not_let_in_by_a_provider_either(people: People) -> None:
    user = await people.accounts.vouched_for("https://id.example|7", "siti", Role.OPERATOR, EVERYTHING)
    await people.accounts.change(user.id, disabled=True)
    with pytest.raises(DisabledUserError):
        await people.accounts.vouched_for("https://id.example|7", "siti", Role.OPERATOR, EVERYTHING)


@pytest.mark.parametrize(
    ("role", "scope"), [(Role.ADMIN, SCOPE), (Role.PUBLIC, EVERYTHING), (Role.VIEWER, Scope(displays={"d": None}))]
)
async def test_a_scope_that_a_role_cannot_have_is_refused(people: People, role: Role, scope: Scope) -> None:
    with pytest.raises(ScopeError):
        await people.accounts.add("siti", role, scope)
    assert await people.accounts.list() == []


async def test_a_renewed_password_ends_the_old_one_and_all_sessions(people: People) -> None:
    old = await first(people)
    user = await people.accounts.named("admin")
    _, key = await people.sessions.begin(user)
    new = await people.accounts.renew_password(user.id)
    assert await people.sessions.person(key) is None
    assert await people.accounts.with_password("admin", old) is None
    signed_in = await people.accounts.with_password("admin", new)
    assert signed_in is not None
    assert signed_in.must_change_password
    with pytest.raises(NoSuchUserError):
        await people.accounts.renew_password("nobody")


async def test_choosing_a_password_ends_the_other_sessions(people: People) -> None:
    await first(people)
    user = await people.accounts.named("admin")
    person, kept = await people.sessions.begin(user)
    _, other = await people.sessions.begin(user)
    await people.accounts.choose_password(user.id, OWN, person.session)
    assert await people.sessions.person(kept) is not None
    assert await people.sessions.person(other) is None


@pytest.mark.parametrize("weak", ["short", "x" * 201, "aaaaaaaabbbbbb", "siti aminah 1", "tab\tin between it"])
async def test_passwords_that_could_be_guessed_are_refused(people: People, weak: str) -> None:
    user, _ = await people.accounts.add("siti aminah", Role.VIEWER, EVERYTHING)
    with pytest.raises(WeakPasswordError):
        await people.accounts.choose_password(user.id, weak)


async def test_whom_a_provider_vouches_for_is_whom_it_says_at_each_sign_in(people: People) -> None:
    user = await people.accounts.vouched_for("https://id.example|7", "siti", Role.OPERATOR, SCOPE)
    assert (user.single_sign_on, user.must_change_password) == (True, False)
    assert await people.accounts.with_password("siti", "") is None
    again = await people.accounts.vouched_for("https://id.example|7", "siti a", Role.VIEWER, EVERYTHING)
    assert (again.id, again.name, again.role, again.scope) == (user.id, "siti a", Role.VIEWER, EVERYTHING)
    with pytest.raises(NameTakenError):
        await people.accounts.vouched_for("https://id.example|8", "siti a", Role.ADMIN, EVERYTHING)
    with pytest.raises(NoSuchUserError, match="has no password here"):
        await people.accounts.renew_password(user.id)
