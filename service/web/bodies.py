"""How large a request may be: whoever asks, logged in or not, a body is read whole before it is looked at."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import problem

MOST_BYTES = 1024 * 1024
"""The largest body that a route takes, a cover of a thousand posts, has a tenth of it."""
_REFUSED = f"expected a body of at most {MOST_BYTES} bytes"


class BodyLimit:
    """Refuses a body that is too large: by its announced length, or once so much has come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on to the application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not (announced.isascii() and announced.isdigit()):
            await problem(400, "Content-Length: expected a number", "Content-Length")(scope, receive, send)
            return
        if len(announced) > 12 or int(announced) > MOST_BYTES:
            await problem(413, f"{_REFUSED}, got {announced[:20]}")(scope, receive, send)
            return
        come = 0

        async def counted() -> Message:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            if come > MOST_BYTES:
                raise HTTPException(413, _REFUSED)
            return message

        await self._app(scope, counted, send)
