"""The settings of `conduct serve`: environment variables that begin with CONDUCT_, each with its default."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.auth.roles import Role
from service.evidence.retention import Terms
from service.logs import LogLevel, Style
from service.review.appeals import Periods
from service.review.verdicts import Answer

Language = Literal["zh-CN", "en"]
ClearRole = Literal["viewer", "reviewer", "supervisor", "adjudicator", "admin", "auditor", "link"]
Login = Literal["open", "required"]
Passwords = Literal["all", "admins"]
Provider = Literal["auto", "onnxruntime", "onnxruntime-int8", "openvino", "openvino-bf16", "openvino-int8"]

LONGEST_DAYS = 36_500
"""A hundred years: longer terms than time can be reckoned with are no terms."""


class Setting(NamedTuple):
    """One row of the settings' table."""

    variable: str
    default: str
    description: str


class Settings(BaseSettings):
    """What the service may be told. Nothing here is needed to start it."""

    model_config = SettingsConfigDict(env_prefix="CONDUCT_", frozen=True, env_ignore_empty=True)

    data_dir: Path = Field(
        default=Path("conduct-data"),
        description="Folder of the store and of the evidence (clips/); made when missing.",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL of the store, such as postgresql://user:password@host/name (needs the "
        "extra postgres); empty means SQLite in data_dir/conduct.sqlite3.",
        # A URL may hold a password.
        repr=False,
    )
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address to listen on. One that others reach always asks for a login.",
    )
    port: int = Field(default=8080, ge=0, le=65535, description="TCP port; 0 takes any free one.")
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="Further host names under which the page may be asked for, as a JSON list; the host "
        "listened on and the loopback names always may.",
    )
    base_url: str = Field(
        default="",
        pattern=r"^(https?://[^/?#@\s]+(/[^?#\s]*)?)?$",
        description="Address of the page in messages, as people outside open it; empty means the address "
        "listened on.",
    )
    alert_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks inside which alerts may be sent, as a JSON list such as "
        '["10.1.0.0/16"]; without it only public addresses.',
    )
    login: Login | None = Field(
        default=None,
        description="required: everybody logs in; open: nobody does, on loopback only. Unset: required where "
        "others can come in (host not loopback, or allowed_hosts given) and once there is an account.",
    )
    passwords: Passwords = Field(
        default="all",
        description="Who may log in with a password: all, or admins, the way in for when the single sign-on "
        "is away.",
    )
    oidc_issuer: str = Field(
        default="",
        pattern=r"^(https?://[^/?#@\s]+(/[^?#\s]*)?)?$",
        description="Issuer of an OpenID provider for single sign-on, such as "
        "https://login.hall.example/realms/hall; https, on loopback also http; empty = none. See "
        "docs/accounts.md.",
    )
    oidc_client_id: str = Field(default="", description="Name under which the provider knows this service.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret of that client; empty = a public client, which PKCE alone guards.",
        repr=False,
    )
    oidc_label: str = Field(
        default="",
        max_length=40,
        description="Words of the button on the login page; empty = single sign-on in the page's language.",
    )
    oidc_scopes: str = Field(
        default="openid profile",
        pattern=r"^(\S+ )*openid( \S+)*$",
        description="Scopes to ask the provider for, openid among them.",
    )
    oidc_name_claim: str = Field(
        default="preferred_username",
        min_length=1,
        description="Claim that names a new account; also NAME.NAME for a claim within another.",
    )
    oidc_create: bool = Field(
        default=False,
        description="True: whom no account knows gets one as viewer. False: an admin makes and links it.",
    )
    oidc_roles_claim: str = Field(
        default="",
        description="Claim with a person's roles or groups, such as realm_access.roles; with oidc_roles the "
        "provider then says at each login which role an account has.",
    )
    oidc_roles: dict[str, Role] = Field(
        default={},
        description="What its values mean here, as a JSON object such as "
        '{"hall-admins": "admin", "inspectors": "reviewer"}; the first that a person has counts, and whoever '
        "has none stays out.",
    )
    models: Path | None = Field(
        default=None,
        description="Folder with a manifest.toml and weights of your own; none = the packaged ones.",
    )
    provider: Provider = Field(
        default="auto",
        description="What runs the detector: onnxruntime, openvino, either with -int8 behind it, or auto: "
        "the fastest on this machine, measured once and remembered in the user's cache folder.",
    )
    language: Language = Field(
        default="zh-CN",
        description="Language of the page until the reader chooses one: zh-CN or en.",
    )

    log: Style = Field(
        default="console",
        description="Form of the log on stderr: console for people, json for machines, one object a line.",
    )
    log_level: LogLevel = Field(
        default="info",
        description="What the log holds: debug, info, warning or error, each with all that is worse.",
    )

    keep_looks_days: int = Field(
        default=8,
        ge=0,
        le=LONGEST_DAYS,
        description="Days that is kept what every look said, for replays and for learning. 0 = none.",
    )
    keep_rejected_days: int = Field(
        default=7,
        ge=0,
        le=LONGEST_DAYS,
        description="Days after its end that a rejected event's evidence is kept.",
    )
    keep_unreviewed_days: int = Field(
        default=90,
        ge=0,
        le=LONGEST_DAYS,
        description="Days that evidence is kept which nobody has judged, or as unclear.",
    )
    keep_confirmed_days: int = Field(
        default=365, ge=0, le=LONGEST_DAYS, description="Days that a confirmed event's evidence is kept."
    )
    keep_appealed_days: int = Field(
        default=90,
        ge=0,
        le=LONGEST_DAYS,
        description="Days that evidence is held, and a link shows the result, after an appeal was closed; "
        "while it is open it is held in any case.",
    )
    appeal_days: int = Field(
        default=14,
        ge=1,
        le=365,
        description="Days in which a confirmed event can be contested, from the first link that a "
        "supervisor makes.",
    )
    decide_days: int = Field(
        default=14, ge=1, le=365, description="Days after which an undecided appeal is overdue."
    )
    min_free_gb: float = Field(
        default=1.0,
        ge=0,
        le=1e6,
        description="Space that stays free on the disk of the data folder; below it rejected and old "
        "unreviewed evidence goes before its term. 0 = none.",
    )
    claim_minutes: float = Field(
        default=5.0, gt=0, le=1440, description="Minutes that a claim on an event lasts unless prolonged."
    )
    second_confirmed: float = Field(
        default=0.1, ge=0, le=1, description="Share of confirmed events that a second reviewer judges blind."
    )
    second_rejected: float = Field(
        default=0.05, ge=0, le=1, description="The same of rejected events. 0 = none."
    )
    planted: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="Share of a reviewer's answers after which a known clip is put among their questions, "
        "such as 0.02; see docs/review.md. 0 = none.",
    )
    clear_roles: tuple[ClearRole, ...] = Field(
        default=("reviewer", "adjudicator", "admin"),
        description="Who sees bystanders in the clear, as a JSON list of roles; link = who holds the link of "
        "an appeal. To all others clips are shown with everybody but the post's own staff blurred.",
    )
    spot_checks: float = Field(
        default=4.0,
        ge=0,
        le=1000,
        description="Short clips a day, of the whole hall, of times in which nothing was flagged: what "
        "reviewers see in them tells how much is missed; see docs/review.md. 0 = none.",
    )
    keep_spot_checks_days: int = Field(
        default=14,
        ge=0,
        le=LONGEST_DAYS,
        description="Days that such a clip is kept, answered or not; the answer stays.",
    )
    evidence_url: str = Field(
        default="",
        pattern=r"^(s3://[A-Za-z0-9][A-Za-z0-9.-]+(/[^?#@\s]*)?)?$",
        description="Bucket of an S3-compatible store, s3://BUCKET or s3://BUCKET/PREFIX, into which "
        "evidence is moved once it is whole (needs the extra s3); empty = it stays in the data folder.",
    )
    evidence_endpoint: str = Field(
        default="",
        pattern=r"^(https?://[^/?#@\s]+/?)?$",
        description="Address of the S3-compatible store, such as https://minio.hall.example:9000; empty = "
        "Amazon's.",
    )
    evidence_region: str = Field(
        default="us-east-1", min_length=1, description="Region of the bucket; most stores want the default."
    )
    evidence_key_id: str = Field(default="", description="Access key of the bucket.", repr=False)
    evidence_secret: SecretStr = Field(
        default=SecretStr(""), description="Secret key of the bucket.", repr=False
    )
    evidence_local_hours: float = Field(
        default=24.0,
        ge=0,
        le=24 * LONGEST_DAYS,
        description="Hours that a copy stays in the data folder once it is in the bucket. 0 = none.",
    )

    @property
    def terms(self) -> Terms:
        """How long evidence stays."""
        return Terms(
            rejected=timedelta(days=self.keep_rejected_days),
            unreviewed=timedelta(days=self.keep_unreviewed_days),
            confirmed=timedelta(days=self.keep_confirmed_days),
            floor=int(self.min_free_gb * 1e9),
        )

    @property
    def second_shares(self) -> dict[Answer, float]:
        """The share of each answer that is given a second look."""
        return {"confirmed": self.second_confirmed, "rejected": self.second_rejected}

    @property
    def periods(self) -> Periods:
        """The deadlines of appeals."""
        return Periods(self.appeal_days, self.decide_days, self.keep_appealed_days)

    @property
    def store_url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'conduct.sqlite3').absolute()}"

    @property
    def looks_dir(self) -> Path:
        """Where the looks of the last days are kept."""
        return self.data_dir / "looks"

    @property
    def state_dir(self) -> Path:
        """Where a run keeps what must survive a kill."""
        return self.data_dir / "state"

    @property
    def host_names(self) -> frozenset[str]:
        """Lower-case names that a request's Host header may carry (DNS rebinding brings others)."""
        names = {"localhost", "127.0.0.1", "::1", self.host, *self.allowed_hosts}
        if self.base_url:
            names.add(urlsplit(self.base_url).hostname or "")
        return frozenset(name.lower() for name in names)

    @property
    def may_be_open(self) -> bool:
        """True if only this machine can ask: then a login may be left out."""
        return self.is_loopback and not self.allowed_hosts

    @property
    def login_mode(self) -> Literal["open", "required", "auto"]:
        """Whether to ask for a login; auto: once there is an account. Never open where others can ask.

        Whoever sets up single sign-on wants a login.
        """
        if not self.may_be_open:
            return "required"
        return self.login or ("required" if self.oidc_issuer else "auto")

    @property
    def is_loopback(self) -> bool:
        """True if nobody outside this machine can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def describe() -> list[Setting]:
    """The table of all settings: variable, default, what it does."""
    prefix = Settings.model_config["env_prefix"]
    return [
        Setting(f"{prefix}{name.upper()}", str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
