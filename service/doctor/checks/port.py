"""The page's address: is the port free, and who can reach it."""

from __future__ import annotations

from collections.abc import Iterator

from service.doctor.finding import Finding, ok, problem, warning
from service.doctor.patient import Patient
from service.serving import bound

ORDER = 90


def examine(patient: Patient) -> Iterator[Finding]:
    """The port, then how far it reaches."""
    settings = patient.settings
    where = f"{settings.host}:{settings.port}"
    trouble = taken(settings.host, settings.port)
    if trouble:
        yield problem("taken", where=where, reason=trouble)
    else:
        yield ok("free", where=where)
    if not settings.is_loopback:
        yield warning("exposed", where=where)


def taken(host: str, port: int) -> str:
    """Why one cannot listen there; empty when one can."""
    try:
        bound(host, port).close()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""
