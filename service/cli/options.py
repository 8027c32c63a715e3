"""Options that several commands share, and what their words mean."""

import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from models.choice import choose
from models.manifest import Manifest, ModelError
from pipelines.evidence.timeline import CLIPS
from pipelines.hall.site import Site
from pipelines.hall.wording import expectation
from pipelines.looking.eyes import Eyes
from pipelines.texts import LANGUAGES
from service.settings import Settings
from service.store import Store, open_database

DEFAULT_START = "2026-01-05T09:00:00"

SiteFile = Annotated[Path, typer.Option("--site", help="the hall's site file (YAML)")]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="CAMERA=URL_OR_FILE", help="read a camera from here; may be repeated"),
]
Start = Annotated[
    str, typer.Option("--start", metavar="ISO_TIME", help="event time of a file's first picture, hall's zone")
]
Host = Annotated[str | None, typer.Option(help="address to listen on; default CONDUCT_HOST or 127.0.0.1")]
Port = Annotated[
    int | None, typer.Option(help="port to listen on; default CONDUCT_PORT or 8080", min=0, max=65535)
]
AsJson = Annotated[bool, typer.Option("--json", help="one line of JSON per image")]


def fail(message: object) -> NoReturn:
    """One line on stderr, exit code 2."""
    print("error: " + " ".join(str(message).split()), file=sys.stderr)
    raise typer.Exit(2)


def _known_language(language: str) -> str:
    if language not in LANGUAGES:
        fail(f"--lang: expected one of {', '.join(LANGUAGES)}, got {language!r}")
    return language


Language = Annotated[
    str, typer.Option("--lang", help="language of the reasons: en or zh-CN", callback=_known_language)
]


def check_folder(name: str, folder: Path) -> None:
    """Refuse a folder for results that is a file, lies below one, or holds a file where its clips go."""
    for path in (folder / CLIPS, folder, *folder.parents):
        if path.exists() and not path.is_dir():
            fail(f"{name}: expected a folder, {path} is a file")


def parse_sources(given: list[str] | None) -> dict[str, str]:
    """`CAMERA=URL_OR_FILE` words as a mapping."""
    chosen: dict[str, str] = {}
    for word in given or []:
        camera, sign, url = word.partition("=")
        if camera in chosen:
            fail(f"--source: expected each camera once, got {camera!r} twice")
        if not sign or not url or not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", camera):
            fail("--source: expected CAMERA=URL_OR_FILE, got a word of another form")
        chosen[camera] = url
    return chosen


def parse_start(text: str, site: Site) -> float:
    """An ISO time, in the hall's zone where it has no offset, as event time in seconds."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--start: expected an ISO 8601 time like {DEFAULT_START}, got {text!r}")
    if not 1970 < moment.year < 2200:
        fail(f"--start: expected a year from 1971 to 2199, got {moment.year}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=site.zone)).timestamp()


def chosen_settings(host: str | None, port: int | None) -> Settings:
    """The settings of the environment, with what the command line says on top."""
    given: dict[str, Any] = {"host": host, "port": port}
    given = {key: value for key, value in given.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        told = expectation(first, secret=_may_hold_a_secret(name.upper()))
        if first["type"] == "string_pattern_mismatch":  # a pattern says little, and of an address is left out
            told = f"expected: {Settings.model_fields[name].description}"
        fail(f"CONDUCT_{name.upper()}: {told}")
    except SettingsError as error:
        named = re.search(r'field "(\w+)"', str(error))
        if named is None:
            fail(f"environment: expected settings as the README's table says: {error}")
        fail(f"CONDUCT_{named[1].upper()}: expected JSON: {Settings.model_fields[named[1]].description}")


@contextmanager
def opened_store() -> Iterator[Store]:
    """The store of the environment's settings, made where it is missing. Raises StoreUnavailableError."""
    settings = chosen_settings(None, None)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with closing(Store(open_database(settings.store_url))) as store:
        yield store


def _may_hold_a_secret(setting: str) -> bool:
    return any(word in setting for word in ("URL", "ENDPOINT", "KEY", "SECRET", "ISSUER"))


def load_manifest() -> Manifest:
    """The models' manifest: the packaged one, or that of CONDUCT_MODELS. Raises ModelError."""
    try:
        return Manifest.load(chosen_settings(None, None).models)
    except ModelError as error:
        if isinstance(error.__cause__, ValidationError):
            first = error.__cause__.errors()[0]
            told, sign, _ = str(error).rpartition(f": {first['msg']}")
            if sign:
                raise ModelError(f"{told}: {expectation(first)}") from error
        raise


def load_eyes(*, announce: bool = False, threads: int = 0) -> Eyes:
    """The models, run as CONDUCT_PROVIDER says; ``announce`` tells on stdout by what, and why.

    ``threads`` are a model's, 0 = one per core.

    Raises ModelError.
    """
    manifest = load_manifest()
    choice = choose(manifest, chosen_settings(None, None).provider)
    if announce:
        print(choice.line(), flush=True)
    return Eyes(manifest, threads=threads, runtime=choice.runtime)
