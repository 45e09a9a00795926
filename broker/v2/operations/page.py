"""A page of entities as an answer."""

from aiohttp import web

from broker.ports import Page
from broker.v2.encode.entities import encode_entity
from broker.v2.encode.selection import form_of
from broker.v2.parameters import Parameters
from broker.v2.replies import Replies


def page_reply(
    replies: Replies, correlator: str, page: Page, parameters: Parameters
) -> web.Response:
    """The page in the form that was asked for, and how many there are if that was asked too."""
    form = form_of(parameters)
    shown = [encode_entity(entity, form) for entity in page.entities]
    return replies.json(correlator, shown, total=parameters.counted(page.total))
