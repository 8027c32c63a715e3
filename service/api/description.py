"""The API's OpenAPI description, with its examples whole."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute


def describe_whole(app: FastAPI, routers: list[APIRouter], prefix: str) -> None:
    """Give `app` a description in which examples keep their nulls.

    FastAPI drops every null from the description, also out of the examples, which then lack required fields.
    """
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            description = plain()
            for router in routers:
                for route in router.routes:
                    if isinstance(route, APIRoute):
                        _restore(description["paths"][prefix + route.path], route)
        return app.openapi_schema or plain()

    app.openapi = whole  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _restore(path_item: dict[str, Any], route: APIRoute) -> None:
    for method in route.methods or ():
        responses = path_item[method.lower()]["responses"]
        for status, response in route.responses.items():
            for media_type, content in response.get("content", {}).items():
                responses[str(status)]["content"][media_type]["example"] = content["example"]
