"""Style sheets and modules: read once, served from memory, kept by browsers until they change."""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources

import msgspec
from aiohttp import web

from kernel.errors import NotFoundError
from serving.access import OPEN
from serving.routes import Route

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_FOREVER = "public, max-age=31536000, immutable"


class Asset(msgspec.Struct, frozen=True):
    """A file of `static/`."""

    body: bytes
    packed: bytes
    content_type: str


class Assets:
    """The files by name. All share one version in their path, since modules import each other.

    Args:
        prefix: of their addresses, `/boards/static`.
        packages: whose `static/` holds them; of files of one name the last package's is served.
        headers: security headers of every answer.
    """

    def __init__(self, *, prefix: str, packages: Sequence[str], headers: Mapping[str, str]) -> None:
        self._prefix = prefix
        self._headers = headers
        files = {
            file.name: file.read_bytes()
            for package in packages
            for file in resources.files(package).joinpath("static").iterdir()
            if file.is_file()
        }
        whole = hashlib.sha256()
        for name in sorted(files):
            whole.update(files[name])
        self.version = whole.hexdigest()[:12]
        self._assets = {
            name: Asset(body, gzip.compress(body, mtime=0), _TYPES[name.rpartition(".")[2]])
            for name, body in files.items()
        }

    def path(self, name: str) -> str:
        """The address of a file."""
        return f"{self._prefix}/{self.version}/{name}"

    def route(self, summary: str) -> Route:
        """The route of all files: open, since they are part of the published source."""
        return Route("GET", f"{self._prefix}/{{version}}/{{name}}", self.serve, OPEN, summary)

    async def serve(self, request: web.Request) -> web.Response:
        """A file; an address of an older version gets the present file, but is not kept."""
        asset = self._assets.get(request.match_info["name"])
        if asset is None:
            raise NotFoundError("There is no such file")
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        response = web.Response(body=asset.packed if packed else asset.body)
        response.headers.update(self._headers)
        response.headers["Content-Type"] = asset.content_type
        response.headers["Vary"] = "Accept-Encoding"
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        is_present = request.match_info["version"] == self.version
        response.headers["Cache-Control"] = _FOREVER if is_present else "no-cache"
        return response
