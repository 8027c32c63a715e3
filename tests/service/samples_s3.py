"""A real S3-compatible store for the tests (nanio), on loopback, with its objects in a folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from service.evidence.bucket import Bucket

KEY_ID, SECRET = "hall", "s3cr3t-key-of-the-hall"
PATIENCE_S = 60.0


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class S3Server:
    """A store with one bucket, `hall`; it can be killed and started again where it was."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "hall").mkdir(parents=True)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bucket(self, prefix: str = "", **changes: Any) -> Bucket:
        """The bucket, below a prefix; keywords replace what it is opened with."""
        given = {"endpoint": self.endpoint, "key_id": KEY_ID, "secret": SECRET, **changes}
        return Bucket(given.pop("url", f"s3://hall/{prefix}"), **given)

    def settings(self, prefix: str = "") -> dict[str, str]:
        """The settings of the service that name it."""
        return {
            "evidence_url": f"s3://hall/{prefix}",
            "evidence_endpoint": self.endpoint,
            "evidence_key_id": KEY_ID,
            "evidence_secret": SECRET,
        }

    def path(self, prefix: str, name: str) -> Path:
        """Where the store keeps an object."""
        return self.folder / "hall" / prefix / name

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None

    def start(self) -> None:
        """Start it, and wait until it takes connections.

        A kill between writing and renaming an object's notes leaves a file that nanio 0.1.7 never goes past:
        from then on it answers 500 to whoever brings that object up. So what is left of it goes first.
        """
        for left in (self.folder / "hall" / ".nanio-meta").rglob("*.json.tmp"):
            left.unlink()
        words = ["serve", "--data-dir", str(self.folder), "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nanio", *words, "--no-access-log", "--log-level", "error"],
            env={**os.environ, "NANIO_ACCESS_KEY": KEY_ID, "NANIO_SECRET_KEY": SECRET},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._process.poll() is None, "the S3-compatible store ended"
            assert time.monotonic() < deadline, "the S3-compatible store does not start"
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
