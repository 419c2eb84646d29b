"""The site's settings: config.yaml, overridden by the environment (`WALLSERVER_HTTP__PORT` is http.port).

Whatever is wrong is said with file, line and key, all of it at once: an unknown key, a wrong type, a value
that cannot be. Values are never repeated in an error, since one of them may be a password.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ingest.judge_settings import JudgeSettings
from ingest.replay_settings import ReplaySettings
from wallserver.gateway.settings import GatewaySettings, port_range
from wallserver.oidc_settings import OidcSettings
from wallserver.plain_words import key_of, sentence
from wallserver.public.settings import PublicSettings
from wallserver.yaml_lines import YamlError, read_yaml

ENV_PREFIX = "WALLSERVER_"

type _Port = Annotated[int, Field(ge=1, le=65535)]
type _Even = Annotated[int, Field(ge=128, le=3840, multiple_of=2)]


class ConfigError(Exception):
    """Settings that cannot be used; one line for each thing that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _origin(text: str) -> str:
    """An origin as browsers say it (RFC 6454 section 6.2), or "*"."""
    if text != "*" and not re.fullmatch(r"https?://[^\s/?#@]+", text):
        raise ValueError("must be '*' or a site like https://player.example.org, without a path")
    return text.lower()


class HttpSettings(_Group):
    """Where browsers reach control."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: _Port = 8080
    certificate: Path | None = None
    key: Path | None = None
    cors_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ("*",)

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("needs 'certificate' and 'key' together, or neither of them")
        return self

    @property
    def https(self) -> bool:
        """Whether pages and API are served with TLS."""
        return self.certificate is not None


class BusSettings(_Group):
    """The NATS server: our own child on loopback, or the site's by `url`."""

    url: str | None = None
    credentials: Path | None = None
    server_path: Path | None = None
    port: Annotated[int, Field(ge=0, le=65535)] = 0

    @model_validator(mode="after")
    def _own_or_site(self) -> Self:
        if self.url is None:
            if self.credentials is not None:
                raise ValueError("has 'credentials' but no 'url' of a server to use them at")
            return self
        address = urlsplit(self.url)
        if address.scheme not in {"nats", "tls"} or not address.hostname:
            raise ValueError("has a 'url' that is not like nats://host:4222 or tls://host:4222")
        if address.password is not None or address.username is not None:
            raise ValueError("has a name or password in 'url'; they belong in the file that 'credentials' names")
        if self.credentials is None:
            raise ValueError("has a 'url' but no 'credentials', the file with the roles' passwords")
        if self.server_path is not None:
            raise ValueError("has both 'url' (a server of the site) and 'server_path' (a server of our own)")
        return self


class DatabaseSettings(_Group):
    """The catalogue, people and walls. Secret, since a PostgreSQL URL may hold a password."""

    url: SecretStr | None = None

    @field_validator("url")
    @classmethod
    def _known_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and urlsplit(url.get_secret_value()).scheme not in _DATABASES:
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return url


class WorkerSettings(_Group):
    """How many processes of each role `wallserver run` starts on this machine."""

    pullers: Annotated[int, Field(ge=0, le=64)] = 1
    tilers: Annotated[int, Field(ge=0, le=64)] = 1
    gateways: Annotated[int, Field(ge=0, le=64)] = 1
    judges: Annotated[int, Field(ge=0, le=64)] = 1


class HistorySettings(_Group):
    """What became of each camera, and what was on every cell."""

    days: Annotated[int, Field(ge=1, le=3650)] = 90


class WallSettings(_Group):
    """How walls are changed."""

    changes: Literal["live", "small", "draft"] = "live"


class AuditSettings(_Group):
    """Who changed what."""

    days: Annotated[int, Field(ge=1, le=36500)] = 365


class MosaicSettings(_Group):
    """Composed streams of displays."""

    width: _Even = 1920
    height: _Even = 1080
    fps: Annotated[int, Field(ge=1, le=60)] = 15
    bitrate_kbps: Annotated[int, Field(ge=100, le=50_000)] = 4000
    passthrough_cells: Annotated[int, Field(ge=0, le=58)] = 16
    standing_cells: Annotated[int, Field(ge=0)] = 64


def _clock_time(value: object) -> object:
    """A time of day, or "never". YAML 1.1 reads 03:30 as a number in base 60, and leaves "03:30" alone."""
    if value == "never":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError('must stand in quotation marks, like "03:30"')  # noqa: TRY004 - pydantic's way to refuse
    return value


def _panel_site(text: str) -> str:
    """An origin that a page's policy can name (CSP Level 3 section 2.3.1)."""
    if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", text.lower()):
        raise ValueError("must be a site like https://maps.example.org, without a path")
    return text.lower()


class DisplaySettings(_Group):
    """What displays show besides cameras, and their nightly reload."""

    reload_at: Annotated[time | None, BeforeValidator(_clock_time)] = time(3, 30)
    reload_spread_s: Annotated[int, Field(ge=0, le=14_400)] = 900
    panel_sites: tuple[Annotated[str, AfterValidator(_panel_site)], ...] = ()


class MapSettings(_Group):
    """The console's map, and the public page's."""

    basemap: Path | None = None


class Settings(BaseSettings):
    """All settings of a site, checked. `load_settings` reads them; config.yaml explains each key."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=ENV_PREFIX, env_nested_delimiter="__")

    state_dir: Path = Path("state")
    cameras: Path | None = None
    language: Literal["id", "en"] = "id"
    timezone: str = "Asia/Makassar"
    http: HttpSettings = HttpSettings()
    bus: BusSettings = BusSettings()
    database: DatabaseSettings = DatabaseSettings()
    workers: WorkerSettings = WorkerSettings()
    gateway: GatewaySettings = GatewaySettings()
    history: HistorySettings = HistorySettings()
    walls: WallSettings = WallSettings()
    audit: AuditSettings = AuditSettings()
    mosaic: MosaicSettings = MosaicSettings()
    display: DisplaySettings = DisplaySettings()
    map: MapSettings = MapSettings()
    judge: JudgeSettings = JudgeSettings()
    recorders: dict[str, Annotated[int, Field(ge=1, le=1024)]] = Field(default_factory=dict)
    replay: ReplaySettings = ReplaySettings()
    oidc: OidcSettings = OidcSettings()
    public: PublicSettings = PublicSettings()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is no time zone that this machine knows (like Asia/Makassar)") from None
        return name

    @field_validator("gateway")
    @classmethod
    def _a_port_for_each(cls, gateway: GatewaySettings, info: ValidationInfo) -> GatewaySettings:
        workers = info.data.get("workers")
        for key, ports in (("udp_ports", gateway.udp_ports), ("hls.ports", gateway.hls.ports)):
            count = len(port_range(ports))
            if isinstance(workers, WorkerSettings) and 0 < count < workers.gateways:
                raise ValueError(
                    f"has '{key}' for {count} of the {workers.gateways} processes that 'workers.gateways' "
                    "starts; each needs one"
                )
        return gateway

    @property
    def database_url(self) -> str:
        """The URL with SQLAlchemy's asynchronous driver; SQLite in `state_dir` by default."""
        if self.database.url is None:
            return f"sqlite+aiosqlite:///{(self.state_dir / 'wallserver.db').absolute()}"
        scheme, rest = self.database.url.get_secret_value().split(":", 1)
        return f"{_DATABASES[scheme]}:{rest}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then the file. No .env file: it would override in silence."""
        return env_settings, init_settings


_DATABASES = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def load_settings(path: Path) -> Settings:
    """The settings of `path`; relative paths in it are relative to its folder. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigError([f"{path}: cannot be read: {reason}"]) from error
    try:
        values, lines = read_yaml(text)
    except YamlError as error:
        raise ConfigError([f"{path}, line {error.line}: {error}"]) from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError([f"{path}, line 1: must be a group of keys, like 'http:'"])
    return _checked(values, path, lines)


def settings_of(**values: object) -> Settings:
    """Settings that stand in no file (the demo's); the environment overrides them too. ConfigError."""
    return _checked(values, None, {})


def all_keys(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """Every key that a file may hold, dotted: `http.port`, …"""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from all_keys(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


def _checked(values: Mapping[str, Any], path: Path | None, lines: Mapping[tuple[str, ...], int]) -> Settings:
    if unknown := list(_unknown_environment()):
        raise ConfigError(unknown)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise ConfigError([_problem(one, path, lines) for one in error.errors()]) from None
    except ValueError as error:  # pydantic-settings: an override of a group that is no JSON
        raise ConfigError([f"an environment variable {ENV_PREFIX}… cannot be read: {error}"]) from error
    return settings if path is None else _anchored(settings, path.parent)


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Relative paths made absolute, so that no later change of directory moves them."""

    def anchored(model: BaseModel) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        for name in type(model).model_fields:
            value = getattr(model, name)
            if isinstance(value, Path):
                changes[name] = (folder / value.expanduser()).absolute()
            elif isinstance(value, BaseModel):
                changes[name] = with_changes(value, anchored(value))
        return changes

    def with_changes[M: BaseModel](model: M, changes: dict[str, Any]) -> M:
        changed = model.model_copy(update=changes)
        changed.model_fields_set.intersection_update(model.model_fields_set)  # what nobody gave, nobody gave still
        return changed

    return with_changes(settings, anchored(settings))


def _problem(error: ErrorDetails, path: Path | None, lines: Mapping[tuple[str, ...], int]) -> str:
    """One line: where it stands, which key, what is wrong."""
    steps = tuple(str(step) for step in error["loc"])
    parent = ".".join(steps[:-1])
    siblings = {key.removeprefix(f"{parent}.").split(".")[0] for key in all_keys() if key.startswith(parent)}
    what = f"'{key_of(error)}' {sentence(error, siblings)}"
    for length in range(len(steps), 0, -1):
        variable = ENV_PREFIX + "__".join(steps[:length]).upper()
        if variable in {name.upper() for name in os.environ}:
            return f"environment variable {variable}: {what}"
    if path is None:
        return f"settings: {what}"
    known = (steps[:length] for length in range(len(steps), -1, -1))
    line = next((lines[place] for place in known if place in lines), 1)
    return f"{path}, line {line}: {what}"


def _unknown_environment() -> Iterator[str]:
    """Misspelt overrides, which pydantic-settings passes over in silence.

    Only names with `__` are judged: Kubernetes sets WALLSERVER_PORT and WALLSERVER_SERVICE_HOST by itself.
    """
    groups = {key.split(".")[0].upper() for key in all_keys() if "." in key}
    for name in os.environ:
        group, nested, _ = name.upper().removeprefix(ENV_PREFIX).partition("__")
        if name.upper().startswith(ENV_PREFIX) and nested and group not in groups:
            yield f"environment variable {name}: there is no group '{group.lower()}' of settings"
