"""The store: does it answer, and are its tables of this version. Nothing is migrated here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from service.doctor.finding import Finding, ok, problem, warning
from service.doctor.patient import Patient
from service.store.database import MIGRATIONS, StoreUnavailableError, parse

ORDER = 80


def examine(patient: Patient) -> Iterator[Finding]:
    """One finding."""
    yield of(patient.settings.store_url)


def of(url: str) -> Finding:
    """The state of the store at a SQLAlchemy URL."""
    try:
        parsed = parse(url)
    except StoreUnavailableError:
        return problem("no_url")
    shown = parsed.render_as_string(hide_password=True)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return ok("new", store=shown)
    try:
        engine = create_engine(parsed)
    except (ImportError, NoSuchModuleError):
        return problem("no_driver", store=shown)
    try:
        with engine.connect() as connection:
            found = set(MigrationContext.configure(connection).get_current_heads())
    except SQLAlchemyError as error:
        # The driver's own words may repeat the address.
        return problem("away", store=shown, reason=type(getattr(error, "orig", None) or error).__name__)
    finally:
        engine.dispose()
    return _version(found, shown)


def _version(found: set[str], shown: str) -> Finding:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    if found == set(scripts.get_heads()):
        return ok("ready", store=shown)
    known = {script.revision for script in scripts.walk_revisions()}
    if found <= known:
        return warning("behind", store=shown)
    return problem("newer", store=shown)
