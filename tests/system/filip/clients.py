"""What the parts of the way share: where they go, clients of it, and a receiver."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import Any, Self

from filip.clients.exceptions import BaseHttpClientException
from filip.clients.ngsi_v2 import ContextBrokerClient
from filip.models.base import FiwareHeader
from filip.models.ngsi_v2.context import ContextAttribute, ContextEntity
from filip.models.ngsi_v2.subscriptions import Message
from pydantic import BaseModel

PATIENCE_S = 20
Found = dict[str, Any]
"""What came of a part, by name."""


@dataclass(frozen=True)
class Cities:
    """URLs.

    Attributes:
        broker: the broker that is walked.
        provider: a broker that provides for it.
        agent: the north port of an IoT Agent that writes to the broker.
        south: the port of that agent for devices.
        mqtt: an MQTT broker.
    """

    broker: str
    provider: str
    agent: str
    south: str
    mqtt: str


def header(service_path: str) -> FiwareHeader:
    """The service of all parts, and the path of one."""
    return FiwareHeader(service="filip", service_path=service_path)


def at(url: str, service_path: str) -> ContextBrokerClient:
    """A client of a broker at a service path."""
    return ContextBrokerClient(url=url, fiware_header=header(service_path))


def refused(call: Callable[[], object]) -> list[Any] | None:
    """The status and the body with which the broker refuses a call."""
    try:
        call()
    except BaseHttpClientException as error:
        return [error.response.status_code, error.response.json()]
    return None


def room(index: int, **attributes: Any) -> ContextEntity:
    """A room by its number."""
    return ContextEntity(id=f"urn:ngsi-ld:Room:{index:03}", type="Room", **attributes)


def number(value: float) -> ContextAttribute:
    """An attribute that is a number."""
    return ContextAttribute(type="Number", value=value)


def plain(model: BaseModel) -> dict[str, Any]:
    """A model of FiLiP as JSON."""
    return model.model_dump(mode="json")


class Receiver:
    """An HTTP server on loopback that keeps what is posted to it."""

    def __enter__(self) -> Self:
        heard = self.heard = queue.Queue[bytes]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.put(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/notify"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def notice(self) -> Message:
        """The next notification, as FiLiP's model of it reads it."""
        return Message.model_validate_json(self.heard.get(timeout=PATIENCE_S))
