"""Settings: each documented, none needed, no secret shown."""

from pathlib import Path
from typing import get_args

import pytest

from models.session import Runtime
from service.settings import Provider, Settings, describe


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
