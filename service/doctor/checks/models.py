"""The models: their manifest, the hashes of their files, what runs them."""

from __future__ import annotations

from collections.abc import Iterator

from models import providers
from models.manifest import Manifest, ModelError, WeightFile
from service.doctor.finding import Finding, ok, problem
from service.doctor.patient import Patient

ORDER = 20


def examine(patient: Patient) -> Iterator[Finding]:
    """Files first: when they are not whole nothing is loaded."""
    try:
        manifest = Manifest.load(patient.settings.models)
    except ModelError as error:
        yield problem("manifest", reason=str(error))
        return
    whole = True
    for name, weight in _files(manifest):
        try:
            manifest.verified_bytes(weight)
        except ModelError as error:
            whole = False
            yield problem("file", name, name=name, reason=str(error))
        else:
            yield ok("whole", name, name=name, sha256=weight.sha256[:12])
    if whole:
        yield _loaded(patient)
    yield ok(
        "providers", names=", ".join(f"{name} {found.version()}" for name, found in providers.installed())
    )


def _files(manifest: Manifest) -> Iterator[tuple[str, WeightFile]]:
    """Every file of weights, and what to call it."""
    for name, entry in manifest.models.items():
        yield name, entry
        if entry.int8 is not None:
            yield f"{name} (INT8)", entry.int8


def _loaded(patient: Patient) -> Finding:
    eyes = patient.eyes
    if isinstance(eyes, ModelError):
        return problem("load", reason=str(eyes))
    return ok("loaded", name=eyes.model.name, provider=patient.settings.provider)
