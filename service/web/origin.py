"""What browsers say about where a request comes from; programs that are not browsers say nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_cross_site(headers: Headers) -> bool:
    """Whether a browser says that a page of another site made the request."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and not _is_host(origin, headers)


def is_from_own_page(headers: Headers) -> bool:
    """Whether a browser says that a page of ours made the request: silence is not enough here."""
    if is_cross_site(headers):
        return False
    return headers.get("sec-fetch-site") == "same-origin" or _is_host(headers.get("origin", ""), headers)


def _is_host(origin: str, headers: Headers) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
    except ValueError:
        return False
