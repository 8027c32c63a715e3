"""A real PostgreSQL for the tests: a cluster of their own in a temporary folder, on a Unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

from service.store import open_database

PATIENCE_S = 60


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl; None when there is none."""
    on_path = shutil.which("pg_ctl")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((f for f in folders if (f / "initdb").is_file() and (f / "pg_ctl").is_file()), None)


def _someone() -> str | None:
    """PostgreSQL refuses to run as root: the user to run it as; None = whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


class Cluster:
    """A running PostgreSQL that can be stopped, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._binaries, self._user, self._migrated = folder, _someone(), False
        # Short, because a socket's path may have no more than 107 bytes.
        self.home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        if self._user is not None:
            shutil.chown(self.home, self._user)
        self._run("initdb", "-D", str(self._data), "-U", "conduct", "-A", "trust", "-E", "UTF8", "-N")
        self.start()

    @property
    def _data(self) -> Path:
        return self.home / "data"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-k {self.home} -c listen_addresses= -c fsync=off -c max_connections=60"
        self._run("pg_ctl", "start", "-w", "-D", str(self._data), "-l", str(self.home / "log"), "-o", options)

    def stop(self) -> None:
        """Stop it as a reboot of its machine would: whoever is connected is thrown out."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self._data))

    def empty_database(self) -> str:
        """The URL of the tests' database, without a table, whoever was still connected to it."""
        return self._copy("template1", "hall")

    def migrated_database(self) -> str:
        """The same with all tables and no row: a copy of one that was migrated once."""
        if not self._migrated:
            open_database(self._copy("template1", "tables")).dispose()
            self._migrated = True
        return self._copy("tables", "hall")

    def _copy(self, template: str, name: str) -> str:
        with psycopg.connect(f"host={self.home} user=conduct dbname=postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"postgresql://conduct@/{name}?host={self.home}"

    def remove(self) -> None:
        """Stop it and forget everything."""
        self.stop()
        shutil.rmtree(self.home)

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._binaries / name), *arguments],
            user=self._user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the server keeps it open, so it must be no pipe
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
        )
        if done.returncode != 0:
            log = self.home / "log"
            raise RuntimeError(f"{name} failed: {log.read_text() if log.exists() else 'no log'}")
