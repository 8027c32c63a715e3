"""The unit and the container files: whole, hardened, without secrets, and telling the settings that exist."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import describe

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
UNIT = DEPLOY / "conduct-monitor.service"
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a command that is there: systemd wants to see it."""
    text = UNIT.read_text(encoding="utf-8")
    copy = tmp_path / UNIT.name
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text), encoding="utf-8")
    return copy


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path) -> None:
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert [line for line in told.stderr.splitlines() if unit.name in line] == []


@needs_systemd
def test_the_unit_is_hardened(unit: Path) -> None:
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-400:]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    compose: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = compose["services"]
    return found


def test_the_page_is_published_on_the_loopback_only(services: dict[str, Any]) -> None:
    assert services["monitor"]["ports"] == ["127.0.0.1:8080:8080"]
    assert "ports" not in services["store"]


def test_no_password_stands_in_the_files(services: dict[str, Any]) -> None:
    assert "${POSTGRES_PASSWORD:?" in services["monitor"]["environment"]["CONDUCT_DATABASE_URL"]
    assert services["store"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


def test_a_stop_is_given_the_time_it_takes(services: dict[str, Any]) -> None:
    from service.serving import _GRACE_S, _RUN_GRACE_S

    needed = _GRACE_S + _RUN_GRACE_S
    assert int(services["monitor"]["stop_grace_period"].removesuffix("s")) > needed
    stop = re.search(r"TimeoutStopSec=(\d+)", UNIT.read_text(encoding="utf-8"))
    assert stop is not None
    assert int(stop.group(1)) > needed


@pytest.mark.parametrize("name", ["conduct-monitor.service", "Dockerfile", "compose.yaml"])
def test_only_settings_that_exist_are_set(name: str) -> None:
    known = {row.variable for row in describe()}
    used = set(re.findall(r"\b(CONDUCT_[A-Z_]+)[=:]", (DEPLOY / name).read_text(encoding="utf-8")))
    assert used <= known
    assert used


def test_the_container_runs_as_a_number_that_is_not_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    (user,) = re.findall(r"(?m)^USER (\d+)$", text)
    assert int(user) > 0
    assert f"uid={user}" in (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
