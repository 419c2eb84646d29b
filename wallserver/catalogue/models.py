"""The tables. Times are milliseconds since 1970, UTC; secrets come here sealed or hashed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, Integer, MetaData, String, false
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
    type_annotation_map = {dict[str, Any]: JSON, list[dict[str, Any]]: JSON, int: BigInteger}  # noqa: RUF012 - SQLAlchemy's own way


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
    provider: Mapped[str] = mapped_column(String(120), server_default="")
    contractor: Mapped[str] = mapped_column(String(120), server_default="")
    village: Mapped[str] = mapped_column(String(120), server_default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
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


class PublicationRow(Base):
    """A camera that the public may see, under `public_id`."""

    __tablename__ = "publications"
    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    group_name: Mapped[str] = mapped_column(String(120))
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    made_by: Mapped[str] = mapped_column(String(120))
    made_ms: Mapped[int]


class CutOffRow(Base):
    """The public sees nothing of a camera, a group of them or any ("all"), until `until_ms` or until it is lifted."""

    __tablename__ = "cut_offs"
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    target: Mapped[str] = mapped_column(String(120), primary_key=True)
    reason: Mapped[str] = mapped_column(String(400))
    public_text: Mapped[str] = mapped_column(String(400))
    made_by: Mapped[str] = mapped_column(String(120))
    made_ms: Mapped[int]
    until_ms: Mapped[int | None]


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


class WatchedRow(Base):
    """From `from_ms` to `until_ms` the site could see how its cameras were; between two of these nobody looked."""

    __tablename__ = "watched"
    from_ms: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until_ms: Mapped[int]


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
    said_id: Mapped[str | None] = mapped_column(String(400))
    said_en: Mapped[str | None] = mapped_column(String(400))
    __table_args__ = (Index("ix_wall_revisions_wall_id_made_ms_revision", "wall_id", "made_ms", "revision"),)


class WallDraftRow(Base):
    """A person's draft of a wall: commands on a revision. `changes` counts what was done to the draft."""

    __tablename__ = "wall_drafts"
    wall_id: Mapped[str] = mapped_column(ForeignKey("walls.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    base_revision: Mapped[int]
    commands: Mapped[list[dict[str, Any]]]
    changes: Mapped[int]
    changed_ms: Mapped[int]


class SceneTimeRow(Base):
    """A scene is recalled at a time of the day (HH:MM), on days (Monday is 1). `done_ms`: seen to until then.

    `made_ms`: since when; None of those that were made before this was kept.
    """

    __tablename__ = "scene_times"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wall_id: Mapped[str] = mapped_column(ForeignKey("walls.id", ondelete="CASCADE"))
    scene: Mapped[str] = mapped_column(String(63))
    at: Mapped[str] = mapped_column(String(5))
    days: Mapped[str] = mapped_column(String(7))
    made_by: Mapped[str] = mapped_column(String(120))
    done_ms: Mapped[int]
    made_ms: Mapped[int | None]


class OverrideRow(Base):
    """What one revision changed of another is to be as it was, from `until_ms` on."""

    __tablename__ = "overrides"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wall_id: Mapped[str] = mapped_column(ForeignKey("walls.id", ondelete="CASCADE"))
    before_revision: Mapped[int]
    after_revision: Mapped[int]
    until_ms: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(120))
    made_ms: Mapped[int]


class CellOrderRow(Base):
    """What a cell had to show from `at_ms` until its next row: `revision` put it there. No camera: a tour, a panel,
    nothing."""

    __tablename__ = "cell_orders"
    wall_id: Mapped[str] = mapped_column(ForeignKey("walls.id", ondelete="CASCADE"), primary_key=True)
    display_id: Mapped[str] = mapped_column(String(63), primary_key=True)
    cell_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    at_ms: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    camera_id: Mapped[str | None] = mapped_column(String(120))
    __table_args__ = (Index("ix_cell_orders_at_ms", "at_ms"),)


class TourStepRow(Base):
    """From `at_ms` on the tour in a cell showed this camera (none: there was none), as its `step`."""

    __tablename__ = "tour_steps"
    wall_id: Mapped[str] = mapped_column(String(63), primary_key=True)
    display_id: Mapped[str] = mapped_column(String(63), primary_key=True)
    cell_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    at_ms: Mapped[int] = mapped_column(primary_key=True)
    tour: Mapped[str] = mapped_column(String(63))
    camera_id: Mapped[str | None] = mapped_column(String(120))
    step: Mapped[int]
    __table_args__ = (Index("ix_tour_steps_at_ms", "at_ms"),)


class DrawnRow(Base):
    """A display's word that from `from_ms` to `until_ms` it drew so many pictures of a camera in a cell, or none."""

    __tablename__ = "drawn"
    display_id: Mapped[str] = mapped_column(String(63), primary_key=True)
    cell_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    from_ms: Mapped[int] = mapped_column(primary_key=True)
    until_ms: Mapped[int]
    camera_id: Mapped[str] = mapped_column(String(120))
    plan: Mapped[int]
    frames: Mapped[int]
    __table_args__ = (Index("ix_drawn_from_ms", "from_ms"),)


class HandoverRow(Base):
    """A note from one shift to the next, and who of that one confirmed it."""

    __tablename__ = "handovers"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    text: Mapped[str] = mapped_column(String(4000))
    made_by: Mapped[str] = mapped_column(String(120))
    made_ms: Mapped[int] = mapped_column(index=True)
    confirmed_by: Mapped[str | None] = mapped_column(String(120))
    confirmed_ms: Mapped[int | None]


class UserRow(Base):
    """A person who may sign in; the password as an argon2id hash.

    `scope`: where their role holds, none of it is everywhere. `oidc_subject`: issuer and subject of the site's provider
    of identities, where that knows them; who has one has no password (an empty hash).
    """

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    scope: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    must_change_password: Mapped[bool] = mapped_column(server_default=false())
    disabled: Mapped[bool] = mapped_column(server_default=false())
    oidc_subject: Mapped[str | None] = mapped_column(String(400), index=True, unique=True)
    created_ms: Mapped[int]


class UserSessionRow(Base):
    """A person signed in on one browser; known by the SHA-256 of the cookie's value."""

    __tablename__ = "user_sessions"
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_ms: Mapped[int]
    used_ms: Mapped[int]


class AuditRow(Base):
    """A change that somebody made. Rows are only ever added, and deleted when they are old."""

    __tablename__ = "audit"
    # SQLite numbers rows by itself only where the column is its INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at_ms: Mapped[int] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(120), index=True)
    role: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(40))
    object: Mapped[str] = mapped_column(String(120), index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class TokenRow(Base):
    """A bearer token of a display, a WHEP player or a program that watches; known by its SHA-256."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(120))
    display_id: Mapped[str | None] = mapped_column(String(63), index=True)
    stream: Mapped[str | None] = mapped_column(String(120))
    made_by: Mapped[str | None] = mapped_column(String(120))
    created_ms: Mapped[int]


class PairingRow(Base):
    """A pairing code on a screen that waits; `display_id` once somebody paired it."""

    __tablename__ = "pairings"
    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    display_id: Mapped[str | None] = mapped_column(String(63))
    expires_ms: Mapped[int]
