"""Files as answers, whose errors have the one shape of all errors."""

from __future__ import annotations

from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from service.api.problems import problem

RANGE_WRONG = "Range: expected bytes=FIRST-LAST"
RANGE_OUTSIDE = "Range: expected a part of the file, got one beyond its end"
_SAID = {400: RANGE_WRONG, 416: RANGE_OUTSIDE}


class File(FileResponse):
    """A file, or the parts of it that the header Range asks for."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. What Starlette says of a Range in plain text is said as a problem; its headers stay."""
        refused = False

        async def told(message: Message) -> None:
            nonlocal refused
            status = message.get("status")
            if status in _SAID:
                refused = True
                answer = problem(status, _SAID[status], "Range")
                kept = [pair for pair in message["headers"] if pair[0] == b"content-range"]
                answer.raw_headers.extend(kept)
                await answer(scope, receive, send)
            elif not refused:
                await send(message)

        await super().__call__(scope, receive, told)
