"""Whether there is still reason to tell of something. Pure."""

from __future__ import annotations

from datetime import timedelta

from pipelines.hall.alerting import Alerts
from service.alerts.records import Alert, Facts


def why_void(alert: Alert, facts: Facts, settings: Alerts) -> str | None:
    """Why an alert is not told any more, None while it is: what it says must be true when it is sent."""
    if settings.route(alert.route) is None:
        return "the site has no such route any more"
    match alert.kind:
        case "event" if facts.verdict == "rejected":
            return "a reviewer rejected it"
        case "confirmed" if facts.verdict != "confirmed":
            return "it is not confirmed any more"
        case "unreviewed" if facts.verdict is not None:
            return "a reviewer has judged it"
        case "appealed" if facts.appeal != "open":
            return "the appeal is not open any more"
        case "camera" if facts.camera_back is not None:
            patience = timedelta(seconds=settings.cameras.after_s)
            return "the camera came back in time" if facts.camera_back - alert.happened < patience else None
    return None
