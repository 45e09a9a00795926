"""Link headers (RFC 8288), as far as NGSI-LD uses them (§6.3.5, §6.3.10)."""

from typing import Final

from broker.ld.errors import InvalidRequestError

CONTEXT_REL: Final = "http://www.w3.org/ns/json-ld#context"


def context_url(header: str) -> str:
    """The URL of the context that a Link header names; empty if it names none.

    Raises:
        InvalidRequestError: it names more than one.
    """
    urls = [url for url, parameters in _links(header) if CONTEXT_REL in parameters]
    if len(urls) > 1:
        raise InvalidRequestError("The Link header names more than one @context")
    return urls[0] if urls else ""


def _links(header: str) -> list[tuple[str, str]]:
    links = []
    rest = header
    while "<" in rest and ">" in rest:
        url, _, rest = rest.partition("<")[2].partition(">")
        parameters, _, _ = rest.partition("<")
        links.append((url, parameters))
    return links


def context_link(url: str) -> str:
    """The Link header of an answer whose context stands at a URL."""
    return f'<{url}>; rel="{CONTEXT_REL}"; type="application/ld+json"'


def page_link(url: str, relation: str, media_type: str) -> str:
    """The Link header to another page: `next` or `prev`."""
    return f'<{url}>; rel="{relation}"; type="{media_type}"'
