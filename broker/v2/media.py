"""Media types of requests and answers (NGSI-v2 "MIME Types")."""

from typing import Final

from broker.v2.errors import quoted
from kernel.errors import (
    BadRequestError,
    LengthRequiredError,
    NotAcceptableError,
    TooLargeError,
    UnsupportedMediaError,
)

JSON: Final = "application/json"
TEXT: Final = "text/plain"
_RANGES: Final = {
    "*/*": (JSON, TEXT),
    "application/*": (JSON,),
    JSON: (JSON,),
    "text/*": (TEXT,),
    TEXT: (TEXT,),
}


def accepted(header: str | None) -> tuple[str, ...]:
    """The media types that a caller accepts, best first; both without a header.

    Raises:
        NotAcceptableError: neither JSON nor plain text.
        BadRequestError: the header is empty or a quality is malformed.
    """
    if header is None or header == "*/*":
        return (JSON, TEXT)
    if not header:
        raise BadRequestError("empty accept header")
    ranges = _ranges(header)
    # Stable, so that equal qualities keep the caller's order.
    ranges.sort(key=lambda found: -found[1])
    types = dict.fromkeys(
        kind for name, quality in ranges if quality > 0 for kind in _RANGES.get(name, ())
    )
    if not types:
        raise NotAcceptableError("no acceptable mime-type in accept header")
    return tuple(types)


def check_json(types: tuple[str, ...]) -> None:
    """Nearly everything is answered in JSON.

    Raises:
        NotAcceptableError: the caller reads plain text only.
    """
    if JSON not in types:
        raise NotAcceptableError(f"acceptable MIME types: {JSON}")


def _ranges(header: str) -> list[tuple[str, float]]:
    """The media ranges that are ours, with their qualities."""
    parts = (part.strip() for part in header.split(","))
    ranges: list[tuple[str, float]] = []
    wrong: BadRequestError | None = None
    for part in parts:
        if part.partition(";")[0].strip() in _RANGES:
            try:
                ranges.append(_range(part))
            except BadRequestError as error:
                wrong = error  # Orion reads on, and tells the last
    if wrong is not None:
        raise wrong
    return ranges


def _range(part: str) -> tuple[str, float]:
    """A media range and its quality, which is the only parameter that it may have."""
    name, _, rest = (piece.strip() for piece in part.partition(";"))
    if not rest:
        return name, 1.0
    if not rest.startswith("q"):
        raise BadRequestError("q missing in accept header")
    if not rest.startswith("q="):
        raise BadRequestError("missing equal-sign after q in accept header")
    quality = rest[2:].partition(";")[0].strip()
    if not quality:
        raise BadRequestError("qvalue in accept header is missing")
    try:
        return name, float(quality)
    except ValueError:
        raise BadRequestError("qvalue in accept header is not a number") from None


def error_form(header: str | None) -> str:
    """The media type under which an error travels: Orion calls it text for whoever reads text only.

    Never raises: the header itself may be what is wrong.
    """
    named = {part.partition(";")[0].strip() for part in (header or "").split(",")}
    kinds = {kind for name in named for kind in _RANGES.get(name, ())}
    return TEXT if kinds == {TEXT} else JSON


def value_form(types: tuple[str, ...], *, simple: bool) -> str:
    """The media type of an attribute's value (NGSI-v2 "Get Attribute Value").

    Raises:
        NotAcceptableError: a simple value is plain text only.
    """
    if not simple:
        return types[0]
    if TEXT not in types:
        raise NotAcceptableError(f"accepted MIME types: {TEXT}")
    return TEXT


def check_size(length: int, most: int) -> None:
    """Nothing, if a body of so many bytes is read.

    Raises:
        TooLargeError: it is not.
    """
    if length > most:
        raise TooLargeError(f"payload size: {length}, max size supported: {most}")


def content_kind(content_type: str | None, allowed: tuple[str, ...] = (JSON, TEXT)) -> str:
    """The media type of a body.

    Raises:
        UnsupportedMediaError: it is not said, or none of those that are read.
    """
    if content_type in allowed:
        return content_type
    if not content_type:
        raise UnsupportedMediaError(
            "Content-Type header not used, default application/octet-stream is not supported"
        )
    kind = content_type.partition(";")[0].rstrip()
    if kind not in allowed:  # small letters count, as in Orion
        raise UnsupportedMediaError(f"not supported content type: {quoted(kind)}")
    return kind


def check_no_body(content_type: str | None) -> None:
    """GET and DELETE have no body, and so nothing whose type could be told.

    Raises:
        BadRequestError: the request has a `Content-Type` all the same.
    """
    if content_type:
        raise BadRequestError(
            "Orion accepts no payload for GET/DELETE requests."
            " HTTP header Content-Type is thus forbidden"
        )


def missing_body() -> LengthRequiredError:
    """The request should have a body and has none."""
    return LengthRequiredError("Zero/No Content-Length in PUT/POST/PATCH request")
