"""Forms of our own pages: whose they are, and that they say each thing once.

A field that stands twice is read one way here and perhaps another way by whatever stands before
us; no page of ours sends one but where several can be ticked.
"""

from collections.abc import Collection, Mapping, Sequence

from aiohttp import web

from kernel.errors import BadRequestError
from oauth.browser import csrf
from serving.html.forms import MOST_BYTES, read_form


async def read_guarded(
    request: web.Request,
    secret: str,
    *,
    several: Collection[str] = (),
    most_bytes: int = MOST_BYTES,
) -> Mapping[str, Sequence[str]]:
    """The fields that our page sent for the holder of this cookie's secret, values in order.

    Only the fields that `several` names may occur more than once.

    Raises:
        BadRequestError: it cannot be read, or a field stands twice.
        TooLargeError: it is larger than `most_bytes`.
        ForbiddenError: it comes from elsewhere.
    """
    form = await read_form(request, most_bytes)
    if any(len(values) > 1 for name, values in form.items() if name not in several):
        raise BadRequestError("A field of the form stands twice")
    csrf.check(secret, singles(form))
    return form


def singles(form: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """The value of each field; of those that may have several, the first."""
    return {name: values[0] for name, values in form.items()}
