"""The bucket for evidence: can it be used as the settings say. Nothing is written into it."""

from __future__ import annotations

from collections.abc import Iterator

from service.doctor.finding import Finding, ok, problem
from service.doctor.patient import Patient
from service.evidence.bucket import Bucket, BucketError, BucketSettingsError, bucket_of

ORDER = 75


def examine(patient: Patient) -> Iterator[Finding]:
    """One finding."""
    settings = patient.settings
    if settings.evidence_url and not (
        settings.evidence_key_id and settings.evidence_secret.get_secret_value()
    ):
        yield problem("no_keys", bucket=settings.evidence_url)
        return
    try:
        bucket = bucket_of(settings)
    except BucketSettingsError:
        yield problem("no_library", bucket=settings.evidence_url)
        return
    yield ok("none") if bucket is None else _asked(bucket)


def _asked(bucket: Bucket) -> Finding:
    try:
        bucket.check()
    except BucketError as error:
        if error.trouble == "no_bucket":
            return problem("no_bucket", bucket=bucket.shown)
        if error.trouble == "refused":
            return problem("refused", bucket=bucket.shown, reason=error.answer)
        return problem("away", bucket=bucket.shown, reason=error.answer)
    return ok("ready", bucket=bucket.shown)
