"""What a form without a script sends. Nobody is logged in there, so no more is read than a form can hold."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

LARGEST = 64 * 1024
_MOST_FIELDS = 8


async def form_of(request: Request) -> dict[str, str]:
    """The fields of an application/x-www-form-urlencoded body. Raises HTTPException 400, 413."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise HTTPException(413, f"expected at most {LARGEST} bytes")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise HTTPException(400, "expected the fields of a form") from error
    return dict(pairs)


FormDep = Annotated[dict[str, str], Depends(form_of)]
