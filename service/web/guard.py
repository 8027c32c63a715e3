"""The page's guard: from where one may ask, and what a browser may do with the answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import problem
from service.web.origin import SAFE_METHODS, is_cross_site

# Plotly adds two style elements. The first is empty (its hash is that of the empty string) and filled rule by
# rule, which the policy does not forbid. The second is for MapLibre, in the words of plotly.js of plotly 7.1;
# in those of another version it is refused, which costs a line on the console and nothing on the page.
_PLOTLY_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
)
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        f"style-src 'self' {' '.join(_PLOTLY_STYLES)}",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Refuses foreign Host names and requests that change something from other sites; adds the headers.

    The Host check stops DNS rebinding: a page of a stranger whose name suddenly resolves to 127.0.0.1.
    """

    def __init__(
        self, app: ASGIApp, host_names: frozenset[str], any_host: frozenset[str] = frozenset()
    ) -> None:
        """``any_host`` are paths that are answered under every host name."""
        self._app = app
        self._host_names, self._any_host = host_names, any_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on to the application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        if scope["path"] not in self._any_host and _host(headers) not in self._host_names:
            answer = problem(400, "Host: name not served here (see CONDUCT_ALLOWED_HOSTS)", "Host")
            await answer(scope, receive, send_with_headers)
        elif scope["method"] not in SAFE_METHODS and is_cross_site(headers):
            await problem(403, "requests from other sites are refused")(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)


def _host(headers: Headers) -> str | None:
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        return None
