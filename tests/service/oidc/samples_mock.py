"""oidc-provider-mock, a provider that we did not write, as a process; clients must be registered there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from samples_service import PATIENCE_S


@dataclass(frozen=True)
class MockProvider:
    """One that runs."""

    issuer: str

    def register(self, redirect_uri: str) -> tuple[str, str]:
        """A new client: its name and its secret."""
        answer = httpx.post(f"{self.issuer}/oauth2/clients", json={"redirect_uris": [redirect_uri]})
        told = answer.raise_for_status().json()
        return str(told["client_id"]), str(told["client_secret"])

    def knows(self, subject: str, **claims: Any) -> None:
        """Let it know somebody."""
        httpx.put(f"{self.issuer}/users/{subject}", json=claims).raise_for_status()

    def authorize(self, url: str, subject: str) -> str:
        """Log in at the provider as somebody, without a browser: where one is sent back to."""
        answer = httpx.post(url, data={"sub": subject}, follow_redirects=False)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])


@contextmanager
def mock_provider(folder: Path) -> Iterator[MockProvider]:
    """Runs until the end of the block; its log is kept in the folder."""
    log = folder / "provider.log"
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", "0"]
    environment = {**os.environ, "NO_COLOR": "1"}
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [*command, "--require-registration=true", "--require-nonce=true"],
            stdout=out,
            stderr=out,
            env=environment,
        ) as process,
    ):
        try:
            yield MockProvider(_issuer(log, process))
        finally:
            process.terminate()


def _issuer(log: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + PATIENCE_S
    while not (found := re.search(r"http://127\.0\.0\.1:[1-9]\d*", log.read_text(encoding="utf-8"))):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < end, "the provider does not start"
        time.sleep(0.05)
    return found[0]
