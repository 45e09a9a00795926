"""The table and the picture."""

from collections.abc import Sequence
from html import escape

from bench.measures import Row

_BAR_WIDTH = 360
_LINE = 26


def table(rows: Sequence[Row]) -> str:
    """A Markdown table."""
    lines = [
        "| measured | rate | ratio | aim | CPU | p50 | p99 | |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    lines += [_line(row) for row in rows]
    return "\n".join(lines)


def _line(row: Row) -> str:
    cells = (
        row.name,
        f"{row.rate:,.0f} {row.unit}",
        "" if row.ratio is None else f"**{row.ratio:.2f}**",
        "" if row.aim is None else f"≥ {row.aim:g}",
        "" if row.cpu_us is None else f"{row.cpu_us:,.0f} µs",
        "" if row.p50_ms is None else f"{row.p50_ms:.1f} ms",
        "" if row.p99_ms is None else f"{row.p99_ms:.1f} ms",
        row.note,
    )
    return f"| {' | '.join(cells)} |"


def picture(rows: Sequence[Row]) -> str:
    """Bars of the ratios that have an aim, with the aim as a mark; SVG."""
    shown = [row for row in rows if row.ratio is not None and row.aim is not None]
    widest = max(max(row.ratio or 0, row.aim or 0) / (row.aim or 1) for row in shown)
    height = _LINE * len(shown) + 40
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" role="img" '
            'font-family="sans-serif" font-size="13">'
        ),
        "<title>Ratios reached, as shares of their aims</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for index, row in enumerate(shown):
        share = (row.ratio or 0) / (row.aim or 1)
        top = 10 + index * _LINE
        colour = "#0b6e4f" if share >= 1 else "#b3541e"
        width = round(_BAR_WIDTH * share / widest)
        parts += [
            f'<text x="8" y="{top + 15}">{escape(row.name)}</text>',
            f'<rect x="310" y="{top}" width="{width}" height="18" fill="{colour}"/>',
            f'<text x="{316 + width}" y="{top + 14}">{row.ratio:.2f}</text>',
        ]
    aim = 310 + _BAR_WIDTH / widest
    parts += [
        f'<path d="M{aim:.0f} 4V{height - 26}" stroke="#222" stroke-dasharray="4 3"/>',
        f'<text x="{aim:.0f}" y="{height - 10}" text-anchor="middle">aim</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
