"""The settings: their names, their groups, their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.model.charter import Mode, Rule
from bot.model.due import END_OF_SCHOOL_DAY
from bot.model.institution import COOLDOWN_DAYS, TCHAP_EXTERNALS
from bot.model.people import Quiet
from bot.model.project import DEFAULT_LEADS
from bot.settings.problems import Wrong
from bot.settings.secret_files import read_secret
from bot.settings.values import (
    Clock,
    Day,
    File,
    HostPattern,
    KnownService,
    Language,
    Languages,
    Lead,
    ServerOrPerson,
    UserId,
    WebAddress,
    Zone,
)

TOKEN_VARIABLE = "COMENIUS_TOKEN"  # noqa: S105 - the name of a variable, not what is in it
PASSWORD_VARIABLE = "COMENIUS_PASSWORD"  # noqa: S105 - the same
CRYPTO_KEY_VARIABLE = "COMENIUS_CRYPTO_KEY"
RECOVERY_KEY_VARIABLE = "COMENIUS_RECOVERY_KEY"


class Part(BaseModel):
    """A group of settings: it never changes, and a name it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def may_be_empty(cls, value: object) -> object:
        """Take a group whose every line is commented out for its defaults."""
        return {} if value is None else value


class Trust(StrEnum):
    """With whose devices the bot speaks in encrypted rooms."""

    EVERYONE = "everyone"
    CROSS_SIGNED = "cross-signed"


class Matrix(Part):
    """The bot's account, and who may invite it."""

    homeserver: WebAddress = "https://matrix.example.org"
    user: UserId = "@comenius:example.org"
    token_file: File | None = None
    password_file: File | None = None
    device_name: str = Field(default="Comenius", min_length=1, max_length=100)
    allow: tuple[ServerOrPerson, ...] = ()
    no_direct_rooms: tuple[ServerOrPerson, ...] = TCHAP_EXTERNALS
    trust: Trust = Trust.EVERYONE
    crypto_key_file: File | None = None

    def token(self, environment: Mapping[str, str]) -> str | None:
        """Return the access token, from the environment or else from its file."""
        return environment.get(TOKEN_VARIABLE) or read_secret("matrix.token_file", self.token_file)

    def password(self, environment: Mapping[str, str]) -> str | None:
        """Return the password, from the environment or else from its file."""
        return environment.get(PASSWORD_VARIABLE) or read_secret(
            "matrix.password_file", self.password_file
        )

    def crypto_key(self, environment: Mapping[str, str]) -> str | None:
        """Return what locks the crypto store, from the environment or else from its file."""
        return environment.get(CRYPTO_KEY_VARIABLE) or read_secret(
            "matrix.crypto_key_file", self.crypto_key_file
        )


class Store(Part):
    """Where the rooms are kept."""

    directory: File = Path("data")


class QuietHours(Part):
    """When nobody is rung, in each class's own local time."""

    start: Clock = Field(default=Quiet().start, alias="from")
    end: Clock = Field(default=Quiet().end, alias="to")
    weekend: bool = Quiet().weekend

    def as_quiet(self) -> Quiet:
        """Return it as the model knows it."""
        return Quiet(self.start, self.end, self.weekend)


class Agreement(Part):
    """What was decided about one service, host or tenant, for all rooms."""

    service: KnownService | None = None
    host: HostPattern | None = None
    tenant: str | None = Field(default=None, min_length=1, max_length=100)
    allowed: bool = True
    reason: str = Field(default="", max_length=200)
    decided_by: str = Field(default="", max_length=100)
    reference: str = Field(default="", max_length=100)
    until: Day | None = None

    @model_validator(mode="after")
    def is_about_one_thing(self) -> Agreement:
        """Refuse an agreement about nothing, or about two things."""
        if sum(one is not None for one in (self.service, self.host, self.tenant)) != 1:
            advice = "Name one: service, host or tenant."
            raise Wrong("It is not clear what it is about.", advice)
        return self

    def as_rule(self) -> Rule:
        """Return it as the model knows it."""
        return Rule(
            self.service or self.host or self.tenant or "",
            self.allowed,
            self.reason,
            self.decided_by,
            self.reference,
            self.until,
        )


class CharterText(Part):
    """The institution's own charter: a file per language, the first one counts."""

    version: str = Field(default="", max_length=40)
    files: dict[Language, File] = {}
    numbers: dict[int, int] = {}


class Charter(Part):
    """How links are spoken about, and what was agreed."""

    mode: Mode = Mode.NOTE
    cooldown_days: int = Field(default=COOLDOWN_DAYS, strict=True, ge=1, le=90)
    rules: tuple[Agreement, ...] = ()
    text: CharterText = CharterText()


class Limits(Part):
    """What keeps a room calm."""

    commands_per_minute: int = Field(default=20, strict=True, ge=1, le=1000)


class Level(StrEnum):
    """How much the log tells."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Form(StrEnum):
    """How a line of the log is laid out."""

    TEXT = "text"
    JSON = "json"


class Log(Part):
    """The log; it never tells what people wrote."""

    level: Level = Level.INFO
    form: Form = Form.TEXT


class Health(Part):
    """Where a monitor on this machine can ask how the bot is."""

    port: int | None = Field(default=None, strict=True, ge=1, le=65535)


class Settings(Part):
    """Everything an admin may set."""

    matrix: Matrix = Matrix()
    store: Store = Store()
    languages: Languages = ("en",)
    zone: Zone = "UTC"
    quiet: QuietHours = QuietHours()
    deadline: Clock = END_OF_SCHOOL_DAY
    leads: tuple[Lead, ...] = DEFAULT_LEADS
    charter: Charter = Charter()
    limits: Limits = Limits()
    log: Log = Log()
    health: Health = Health()

    def beside(self, folder: Path) -> Settings:
        """Return the same with relative files taken from `folder`, where bot.yaml lies."""
        matrix = self.matrix
        names = ("token_file", "password_file", "crypto_key_file")
        files = {name: getattr(matrix, name) for name in names}
        placed = {name: folder / file for name, file in files.items() if file is not None}
        directory = {"directory": folder / self.store.directory}
        text = self.charter.text
        texts = {"files": {code: folder / file for code, file in text.files.items()}}
        charter = {"text": text.model_copy(update=texts)}
        return self.model_copy(
            update={
                "matrix": matrix.model_copy(update=placed),
                "store": self.store.model_copy(update=directory),
                "charter": self.charter.model_copy(update=charter),
            }
        )
