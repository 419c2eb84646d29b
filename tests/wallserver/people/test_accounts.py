"""The first administrator, signing in, and sessions that end."""

from __future__ import annotations

from pathlib import Path

from tests.wallserver.people.conftest import Clock
from wallserver.people import People
from wallserver.people.accounts import IDLE_MS, LONGEST_MS
from wallserver.people.rights import Person, Role


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def first(people: People) -> str:
    password = await people.accounts.first_administrator()
    assert password is not None
    return password


async def test_the_first_password_is_told_once(people: People) -> None:
    password = await first(people)
    assert len(password) == 19
    assert await people.accounts.first_administrator() is None
    signed_in = await people.accounts.sign_in("admin", password)
    assert signed_in is not None
    person, key = signed_in
    assert (person.name, person.role) == ("admin", Role.ADMIN)
    assert await people.accounts.of_session(key) == person


async def test_wrong_names_and_passwords_are_refused(people: People) -> None:
    password = await first(people)
    assert await people.accounts.sign_in("admin", password + "x") is None
    assert await people.accounts.sign_in("admin", "") is None
    assert await people.accounts.sign_in("nobody", password) is None


async def test_passwords_and_keys_are_stored_as_hashes(people: People, tmp_path: Path) -> None:
    password = await first(people)
    signed_in = await people.accounts.sign_in("admin", password)
    assert signed_in is not None
    written = everything_in(tmp_path)
    assert b"$argon2id$" in written
    assert password.encode() not in written
    assert signed_in[1].encode() not in written


async def signed_in(people: People) -> tuple[Person, str]:
    result = await people.accounts.sign_in("admin", await first(people))
    assert result is not None
    return result


async def test_a_session_ends_by_signing_out(people: People) -> None:
    _, key = await signed_in(people)
    await people.accounts.sign_out(key)
    assert await people.accounts.of_session(key) is None
    assert await people.accounts.of_session("never was") is None


async def test_a_session_ends_when_it_is_not_used(people: People, clock: Clock) -> None:
    person, key = await signed_in(people)
    for _ in range(3):
        clock.now += IDLE_MS - 1
        assert await people.accounts.of_session(key) == person
    clock.now += IDLE_MS + 1
    assert await people.accounts.of_session(key) is None


async def test_a_session_ends_after_a_week_however_it_is_used(people: People, clock: Clock) -> None:
    _, key = await signed_in(people)
    end = clock.now + LONGEST_MS
    while clock.now + IDLE_MS <= end:
        clock.now += IDLE_MS
        assert await people.accounts.of_session(key) is not None
    clock.now = end + 1
    assert await people.accounts.of_session(key) is None


async def test_a_new_password_ends_the_old_one_and_its_sessions(people: People) -> None:
    password = await first(people)
    signed = await people.accounts.sign_in("admin", password)
    assert signed is not None
    new = await people.accounts.new_password_for("admin")
    assert new is not None
    assert await people.accounts.of_session(signed[1]) is None
    assert await people.accounts.sign_in("admin", password) is None
    assert await people.accounts.sign_in("admin", new) is not None
    assert await people.accounts.new_password_for("nobody") is None
