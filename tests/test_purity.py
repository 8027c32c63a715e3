"""What the import contracts cannot see: pure code calls no clock, no file and no terminal."""

import ast
from pathlib import Path

import pytest

import pipelines.rules
import service.alerts
import service.review
import vision

# Where the packages are installed, which is not always beside the tests.
ROOT = Path(vision.__file__).parent.parent
PURE = [
    path
    for package in (vision, pipelines.rules, service.review)
    for path in sorted(Path(str(package.__file__)).parent.rglob("*.py"))
]
ALERTS = Path(service.alerts.__file__).parent
PURE += [
    ALERTS / f"{name}.py"
    for name in ("records", "causes", "standing", "planning", "passing", "retries", "secrecy", "wording")
]
PURE.append(ALERTS.parent / "evidence" / "retention.py")
FORBIDDEN = {"now", "today", "utcnow", "open", "input", "print"}


def forbidden_calls(code: str) -> list[str]:
    """Calls of a forbidden name, plain or of anything, with their lines."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    named = [
        (
            call.lineno,
            call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", ""),
        )
        for call in calls
    ]
    return [f"{line}: {name}()" for line, name in named if name in FORBIDDEN]


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_pure_code_reads_no_clock_and_no_file(path: Path) -> None:
    assert forbidden_calls(path.read_text(encoding="utf-8")) == []


def test_every_pure_package_is_looked_at() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in PURE} == {"vision", "pipelines", "service"}
    assert len(PURE) > 20


@pytest.mark.parametrize(
    ("code", "found"),
    [
        pytest.param("datetime.now(UTC)", ["1: now()"], id="the time of day"),
        pytest.param("from datetime import date\nx = date.today()", ["2: today()"], id="the date"),
        pytest.param("with open(path) as file: pass", ["1: open()"], id="a file"),
        pytest.param("path.open()", ["1: open()"], id="a file by its path"),
        pytest.param("machine.open = True", [], id="a field of that name"),
        pytest.param("self.opened(now)", [], id="a time that was handed in"),
    ],
)
def test_what_counts_as_such_a_call(code: str, found: list[str]) -> None:
    assert forbidden_calls(code) == found
