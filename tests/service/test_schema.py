"""The whole API asked everything that its description allows, and much that it does not.

No answer is a fault, and each is of a status, type and shape that the description names. Schemathesis
(Dygalo, Hatfield-Dodds, "Deriving semantics-aware fuzzers from web API schemas", 2022) makes the requests.
CONDUCT_SCHEMA_EXAMPLES=1000 asks longer than the suite does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from samples_service import (
    HALL,
    NINE,
    OWN_PAGE,
    POSTS,
    Client,
    EventMaker,
    act,
    add_account,
    logged_in,
    with_token,
)
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from test_access import Hall

from pipelines.covers import EnteredCover, cover_id
from service.auth import passwords
from service.auth.roles import SCOPES
from service.bootstrap import build_app
from service.settings import Settings

pytestmark = pytest.mark.slow  # thousands of requests

EXAMPLES = int(os.environ.get("CONDUCT_SCHEMA_EXAMPLES", "25"))
"""Requests of a route and caller that Hypothesis makes up; those at the bounds of each field come besides."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
ASKING = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class Asker:
    """Asks as one kind of caller, who can always ask: what a request has ended or taken away is made anew."""

    def __init__(self, client: Client, event: EventMaker, kind: str) -> None:
        self.hall, self.kind, self.asked = Hall(client, event), kind, 0
        self.account = add_account(client.store, "asker", "admin")

    def ask(self, case: schemathesis.Case) -> None:
        """Send a request, half of them about something that is there, and judge the answer."""
        known = {"event_id": f"{0:016x}", "cover_id": self._cover(), "account_id": 1, "token_id": 1}
        for name, value in case.path_parameters.items():
            if name in known and str(value)[-1:] in ("0", "2", "4", "6", "8", "a", "c", "e"):
                case.path_parameters[name] = known[name]
        response = case.call(base_url="http://localhost:8080", headers=self._headers())
        case.validate_response(response, checks=CHECKS)
        self.asked += 1

    def _headers(self) -> dict[str, str]:
        if self.kind in ("nobody", "open"):
            return OWN_PAGE
        undo = act(datetime.now(UTC), "account.changed", "asker")
        self.hall.store.accounts.change(self.account.id, "admin", None, False, undo)
        client = self.hall.client
        if self.kind == "token":
            return with_token(client, self.account, *SCOPES).headers
        return logged_in(client, self.account).headers

    def _cover(self) -> str:
        cover = EnteredCover(
            id=cover_id("leave", ["w01"], NINE), kind="leave", posts=("w01",), start=NINE, end=None, note=""
        )
        self.hall.store.covers.replace(cover, at=NINE)
        return cover.id


@pytest.fixture
def asker(kind: str, tmp_path: Path, event: EventMaker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asker]:
    """Over a hall of its own; its passwords are cheap to check, for thousands are."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    login: Any = "open" if kind == "open" else "required"
    app = build_app(Settings(data_dir=tmp_path / "data", login=login))
    client = Client(app)
    client.store.set_site(HALL, POSTS)
    yield Asker(client, event, kind)
    client.store.close()


@pytest.fixture
def described(asker: Asker) -> schemathesis.BaseSchema:
    """The service's own description, with good and bad values asked for."""
    config = SchemathesisConfig()
    config.projects.default.generation.modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    loaded = schemathesis.openapi.from_dict(asker.hall.client.app.openapi(), config=config)
    loaded.app = asker.hall.client.app
    return loaded


@pytest.mark.parametrize("kind", ["admin", "token", "nobody", "open"])
@schemathesis.pytest.from_fixture("described").parametrize()
@ASKING
def test_every_answer_is_as_described(case: schemathesis.Case, asker: Asker, kind: str) -> None:
    asker.ask(case)
