"""Builds SVG and HTML elements as escaped text."""

from collections.abc import Iterable

from markupsafe import Markup, escape

Attribute = str | float | None


def tag(name: str, *children: str | Markup, **attributes: Attribute) -> Markup:
    """An element. `class_` and `for_` lose their underscore, others turn theirs into hyphens."""
    written = "".join(
        f' {_name(key)}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(escape(child) for child in children)
    return Markup(f"<{name}{written}>{inside}</{name}>")  # noqa: S704 — all parts are escaped


def joined(parts: Iterable[str | Markup]) -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)


def svg(
    *children: Markup,
    width: float,
    height: float,
    title: str,
    text: str,
    ident: str,
    class_: str,
    stretch: bool = True,
) -> Markup:
    """A drawing that speaks to screen readers as one image with a title and a description."""
    return tag(
        "svg",
        tag("title", title, id=f"{ident}-title"),
        tag("desc", text, id=f"{ident}-desc"),
        *children,
        class_=class_,
        viewBox=f"0 0 {number(width)} {number(height)}",
        preserveAspectRatio="none" if stretch else "xMidYMid meet",
        role="img",
        aria_labelledby=f"{ident}-title",
        aria_describedby=f"{ident}-desc",
    )


def number(value: float) -> str:
    """At most one decimal: a tenth of a unit is finer than any screen."""
    return f"{value:.1f}".removesuffix(".0")


def path(points: Iterable[tuple[float, float]], *, close: bool = False) -> str:
    """The `d` of a polyline."""
    drawn = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f"M{drawn}{'Z' if close else ''}" if drawn else ""


def hatch(ident: str) -> Markup:
    """The pattern of closures, 45 degrees."""
    line = tag("path", d="M0 8L8 0M-2 2L2 -2M6 10L10 6", class_="hatch-line")
    pattern = tag(
        "pattern", line, id=f"{ident}-hatch", width=8, height=8, patternUnits="userSpaceOnUse"
    )
    return tag("defs", pattern)


def _name(key: str) -> str:
    if key in ("viewBox", "preserveAspectRatio", "patternUnits"):
        return key
    return key.removesuffix("_").replace("_", "-")


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)
