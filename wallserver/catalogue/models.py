"""The tables. Times are milliseconds since 1970, UTC; secrets come here sealed or hashed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Names for every constraint, so that a later migration can name what it changes."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON, int: BigInteger}  # noqa: RUF012 - SQLAlchemy's own way


class CameraRow(Base):
    """A camera. `sealed_source` is its URLs, name and password as one encrypted JSON."""

    __tablename__ = "cameras"
    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    district: Mapped[str] = mapped_column(String(120))
    lorong: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(8))
    transport: Mapped[str] = mapped_column(String(8))
    has_sub: Mapped[bool]
    max_sessions: Mapped[int] = mapped_column(server_default="2")
    risk: Mapped[str] = mapped_column(String(8), server_default="green")
    sealed_source: Mapped[bytes]
    changed_ms: Mapped[int] = mapped_column(index=True)


class SwitchedOffRow(Base):
    """A camera that a person has switched off, until `until_ms` or until somebody switches it on."""

    __tablename__ = "switched_off"
    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(120))
    made_by: Mapped[str] = mapped_column(String(120))
    since_ms: Mapped[int]
    until_ms: Mapped[int | None]


class MasksRow(Base):
    """The privacy masks of a camera from `made_ms` until its next row; `masks` as ingest.masks has them in JSON."""

    __tablename__ = "masks"
    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True)
    made_ms: Mapped[int] = mapped_column(primary_key=True)
    masks: Mapped[dict[str, Any]]
    made_by: Mapped[str] = mapped_column(String(120))


class StateChangeRow(Base):
    """A camera's stream entered a state, or stays in it for another cause, from `at_ms` until its next row."""

    __tablename__ = "state_changes"
    stream: Mapped[str] = mapped_column(String(120), primary_key=True)
    at_ms: Mapped[int] = mapped_column(primary_key=True)
    camera_id: Mapped[str] = mapped_column(String(63))
    state: Mapped[str] = mapped_column(String(16))
    cause_id: Mapped[str] = mapped_column(String(200))
    cause_en: Mapped[str] = mapped_column(String(200))
    __table_args__ = (Index("ix_state_changes_camera_id_at_ms", "camera_id", "at_ms"),)


class WallRow(Base):
    """A wall, at its current revision."""

    __tablename__ = "walls"
    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    revision: Mapped[int]


class WallRevisionRow(Base):
    """Every revision that a wall ever had, as a whole, with who made it and when."""

    __tablename__ = "wall_revisions"
    wall_id: Mapped[str] = mapped_column(ForeignKey("walls.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    snapshot: Mapped[dict[str, Any]]
    made_by: Mapped[str] = mapped_column(String(120))
    made_ms: Mapped[int]


class UserRow(Base):
    """A person who may sign in; the password as an argon2id hash."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    created_ms: Mapped[int]


class UserSessionRow(Base):
    """A person signed in on one browser; known by the SHA-256 of the cookie's value."""

    __tablename__ = "user_sessions"
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_ms: Mapped[int]
    used_ms: Mapped[int]


class TokenRow(Base):
    """A bearer token of a display, a WHEP player or a program that watches; known by its SHA-256."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(120))
    display_id: Mapped[str | None] = mapped_column(String(63), index=True)
    stream: Mapped[str | None] = mapped_column(String(120))
    created_ms: Mapped[int]


class PairingRow(Base):
    """A pairing code on a screen that waits; `display_id` once somebody paired it."""

    __tablename__ = "pairings"
    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    display_id: Mapped[str | None] = mapped_column(String(63))
    expires_ms: Mapped[int]
