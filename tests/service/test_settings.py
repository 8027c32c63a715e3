"""Settings: each documented, none needed, no secret shown."""

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from models.session import Runtime
from service.settings import LONGEST_DAYS, Provider, Settings, describe


def test_every_setting_has_a_description_and_a_variable() -> None:
    table = describe()
    assert {row.variable for row in table} == {f"CONDUCT_{name.upper()}" for name in Settings.model_fields}
    for row in table:
        assert len(row.description) > 20, row.variable


def test_the_store_lies_in_the_data_folder_unless_a_url_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(data_dir=Path("/var/hall")).store_url == "sqlite:////var/hall/conduct.sqlite3"
    monkeypatch.setenv("CONDUCT_DATABASE_URL", "postgresql+psycopg://me:secret@db/hall")
    settings = Settings()
    assert settings.store_url == "postgresql+psycopg://me:secret@db/hall"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.5", False),
        ("hall.example", False),
    ],
)
def test_loopback_is_recognised(host: str, loopback: bool) -> None:
    assert Settings(host=host).is_loopback is loopback


def test_host_names_are_the_loopback_names_and_those_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCT_ALLOWED_HOSTS", '["Review.Hall.example"]')
    names = Settings(host="192.168.1.5").host_names
    assert names == {"localhost", "127.0.0.1", "::1", "192.168.1.5", "review.hall.example"}


def test_every_runtime_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(get_args(Provider)) == {"auto", *(runtime.name for runtime in Runtime.all())}
    monkeypatch.delenv("CONDUCT_PROVIDER")
    assert Settings().provider == "auto"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KEEP_LOOKS_DAYS", "99999999999"),
        ("KEEP_REJECTED_DAYS", "1000000"),
        ("KEEP_UNREVIEWED_DAYS", "1000000"),
        ("KEEP_CONFIRMED_DAYS", "9999999999999"),
        ("KEEP_APPEALED_DAYS", "1000000"),
        ("KEEP_SPOT_CHECKS_DAYS", "1000000"),
        ("MIN_FREE_GB", "inf"),
        ("MIN_FREE_GB", "nan"),
        ("EVIDENCE_LOCAL_HOURS", "1e12"),
    ],
)
def test_what_cannot_be_reckoned_with_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"CONDUCT_{variable}", value)
    with pytest.raises(ValidationError, match=variable.lower()):
        Settings()


def test_terms_of_a_hundred_years_can_be_reckoned_with(monkeypatch: pytest.MonkeyPatch) -> None:
    terms = ("LOOKS", "REJECTED", "UNREVIEWED", "CONFIRMED", "APPEALED", "SPOT_CHECKS")
    for name in terms:
        monkeypatch.setenv(f"CONDUCT_KEEP_{name}_DAYS", str(LONGEST_DAYS))
    settings = Settings()
    oldest = datetime(2026, 1, 5, tzinfo=UTC) - settings.terms.confirmed
    assert oldest.year == 1926
    assert settings.keep_spot_checks_days == LONGEST_DAYS


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGIN", "PORT", "DATABASE_URL", "CLEAR_ROLES"):
        monkeypatch.setenv(f"CONDUCT_{name}", "")
    assert Settings() == Settings(_env_file=None)
    assert (Settings().login, Settings().port) == (None, 8080)
