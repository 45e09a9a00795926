"""A plot with its axes in HTML, and the caption under which it stands."""

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.charts.svg import joined, tag


def frame(
    plot: Markup, *, y: Sequence[str], x: Sequence[str], ident: str, rows: int, hint: str
) -> Markup:
    """The plot, its y labels from top to bottom, its x labels from left to right.

    The plot can be walked with the arrow keys: module `plot.js` reads out the row of the table.
    """
    return tag(
        "div",
        tag("div", *(tag("span", one) for one in y), class_="axis-y", aria_hidden="true"),
        tag(
            "div",
            plot,
            class_="plot",
            id=f"{ident}-plot",
            tabindex=0,
            role="group",
            aria_label=hint,
            data_rows=rows,
        ),
        tag("div", *(tag("span", one) for one in x), class_="axis-x", aria_hidden="true"),
        class_="chart-frame",
    )


HOURS = tuple(str(hour) for hour in range(0, 25, 3))


def legend(items: Sequence[tuple[str, str]]) -> Markup:
    """Mark class and word, side by side."""
    return tag(
        "ul",
        joined(
            tag("li", tag("i", class_=f"mark mark-{mark}", aria_hidden="true"), word)
            for mark, word in items
        ),
        class_="legend",
    )
