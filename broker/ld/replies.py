"""Answers of NGSI-LD: the media type decides where the context stands (§6.3.6)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web
from multidict import CIMultiDict

from broker.ld.context import Context
from broker.ld.door import JSON, LD_JSON
from broker.ld.library import CORE_URL
from broker.ld.links import context_link
from kernel.json import render

COUNT_HEADER: Final = "NGSILD-Results-Count"


def reply(
    body: Any,
    context: Context,
    media_type: str,
    *,
    status: int = 200,
    links: Sequence[str] = (),
    total: int | None = None,
) -> web.Response:
    """An answer with a body of entities or the like, a whole one or an array."""
    headers: CIMultiDict[str] = CIMultiDict()
    if media_type == LD_JSON:
        body = with_context(body, context)
    elif (url := url_of(context)) is not None:
        headers.add("Link", context_link(url))
    for link in links:
        headers.add("Link", link)
    if total is not None:
        headers[COUNT_HEADER] = str(total)
    return web.Response(body=render(body), status=status, headers=headers, content_type=media_type)


def with_context(body: Any, context: Context) -> Any:
    """The body with its `@context`, first; an array has it in each element."""
    if isinstance(body, list):
        return [with_context(one, context) for one in body]
    return {"@context": context_member(context), **body}


def context_member(context: Context) -> Any:
    """The `@context` that readers need: the caller's own, then the core."""
    return [*context.reference, CORE_URL] if context.reference else CORE_URL


def url_of(context: Context) -> str | None:
    """The URL that a Link header can give for the context; None if it has none."""
    if not context.reference:
        return CORE_URL
    [first, *more] = context.reference
    return first if isinstance(first, str) and not more else None


def plain(
    body: Any = None, *, status: int, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An answer that speaks of no terms: results of batches, or nothing at all."""
    if body is None:
        return web.Response(status=status, headers=headers)
    return web.Response(body=render(body), status=status, headers=headers, content_type=JSON)
