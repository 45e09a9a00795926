"""A face is a part of the URL space that speaks one API and words its own errors."""

from typing import Protocol

from aiohttp import web

from kernel.errors import OdoriError
from serving.replies import json_reply


class Face(Protocol):
    """How an API answers when something is wrong, and which headers each answer carries."""

    prefix: str
    """Paths that begin with it belong to the face: `/v2`, `/ngsi-ld`."""

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:
        """The error in the API's own shape. Also of unknown paths and methods below `prefix`."""

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Add the headers that every answer of the API carries, such as `Fiware-Correlator`."""


class PlainFace:
    """The face of everything that no standard speaks for: `{"error": …, "description": …}`."""

    prefix = "/"

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:  # noqa: ARG002
        """The kind of the error and its message."""
        name = type(error).__name__.removesuffix("Error")
        return json_reply({"error": name, "description": error.message}, status=error.status)

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Nothing to add."""
