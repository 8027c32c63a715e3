"""The whole API asked everything that its description allows, and much that it does not.

No answer is a fault, and each is of a status, type and shape that the description names. Schemathesis
(Dygalo, Hatfield-Dodds, "Deriving semantics-aware fuzzers from web API schemas", 2022) makes the requests.
CONDUCT_SCHEMA_EXAMPLES=200 asks longer than the suite does.
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
from hypothesis import HealthCheck, Phase, given, settings
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
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from test_access import TABLE, Hall

from pipelines.hall.covers import EnteredCover, cover_id
from service.auth import passwords
from service.auth.roles import SCOPES
from service.bootstrap import build_app
from service.settings import Settings

pytestmark = pytest.mark.slow  # thousands of requests

EXAMPLES = int(os.environ.get("CONDUCT_SCHEMA_EXAMPLES", "5"))
"""Requests of each route and caller, good ones and as many bad ones."""
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
    phases=(Phase.generate,),  # a fault is told as it was found, without minutes of making it smaller
)


KINDS = ("admin", "token", "nobody", "open")


class Asker:
    """Asks as one kind of caller, who can always ask: what a request has ended or taken away is made anew."""

    def __init__(self, client: Client, event: EventMaker, kind: str) -> None:
        self.hall, self.kind, self.asked = Hall(client, event), kind, 0
        self.account = add_account(client.store, "asker", "admin")

    def fault_of(self, schema: schemathesis.BaseSchema, route: str) -> str:
        """Ask a route; what is wrong with an answer, empty when all are as described."""
        method, path = route.split()
        operation = schema[path][method.upper()]

        def ask(case: schemathesis.Case) -> None:
            self.ask(case)

        for mode in MODES:
            if mode == GenerationMode.NEGATIVE and not (operation.body or list(operation.iter_parameters())):
                continue  # nothing to get wrong
            try:
                ASKING(given(case=operation.as_strategy(generation_mode=mode))(ask))()
            except (FailureGroup, Exception) as error:  # noqa: BLE001 - the other routes are asked all the same
                return f"{mode.value}: {type(error).__name__}: {error}"
        return ""

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
            if not self.hall.store.sessions.tokens(self.account.id):  # another password has revoked it
                self.token = with_token(client, self.account, *SCOPES)
            return self.token.headers
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


MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_as_described(asker: Asker, kind: str) -> None:
    """One hall for all routes: what one has changed the next ones find."""
    app = asker.hall.client.app
    schema = schemathesis.openapi.from_dict(app.openapi(), config=SchemathesisConfig())
    schema.app = app
    faults = {route: fault for route in TABLE if (fault := asker.fault_of(schema, route))}
    assert faults == {}
    assert asker.asked > len(TABLE)
