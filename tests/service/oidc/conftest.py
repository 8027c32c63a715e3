"""What the tests of single sign-on share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from samples_oidc import Desk, Provider, desk_at, provider, settings_for
from samples_service import add_account


@pytest.fixture
def idp() -> Iterator[Provider]:
    """A provider of the test's own."""
    with provider() as made:
        yield made


@pytest.fixture
def open_desk(data_dir: Path, routed: FastAPI, idp: Provider) -> Iterator[Callable[..., Desk]]:
    """Opens a desk with these settings; there is an admin, so that the set-up is over."""
    opened: list[Desk] = []

    def open_(**changes: Any) -> Desk:
        desk = desk_at(routed, settings_for(data_dir, idp, **changes))
        if not desk.context.store.accounts.any():
            add_account(desk.context.store, "boss", "admin")
        opened.append(desk)
        return desk

    yield open_
    for desk in opened:
        desk.context.store.close()


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """A desk with nothing set but the provider."""
    return open_desk()
