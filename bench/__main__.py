"""`python -m bench`: everything, on each engine that can be had, into docs/performance.md."""

import argparse
import os
import platform
from functools import partial
from pathlib import Path

import uvloop

from bench.identity import beside_noop
from bench.measures import EVERY, MODEST, QUICK, Effort, Row
from bench.mqtt import mqtt_to_history
from bench.report import picture, table
from bench.servers import odori

ROOT = Path(__file__).resolve().parent.parent
_HEAD = """# Performance

`make bench` wrote this page. Every figure is a ratio within one run: Odori beside an aiohttp server
that only parses and answers, on the same machine ({machine}), both loaded by one closed
loop of {connections} connections. Durable means that the answer follows a commit with
`synchronous=FULL`. Rates are for orientation only; compare ratios, or the server's processor time
for each request (for each entity of a batch). [Where the time goes](performance-notes.md).

The MongoDB side is whatever server `ODORI_TEST_MONGODB_URL` names. Where that is FerretDB, which
scans whole collections, its figures say that everything runs there, and nothing about MongoDB.

![Ratios and aims](images/performance.svg)
"""


def main() -> None:
    """Parse the command line, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short: does it run at all")
    parser.add_argument("--only", default="", help="measures whose heading contains this")
    parser.add_argument("--print", dest="dry", action="store_true", help="do not write the page")
    options = parser.parse_args()
    effort = QUICK if options.quick else Effort()
    sections = uvloop.run(_measure(effort, options.only))
    page = _page(sections, effort)
    print(page)
    if not (options.dry or options.quick or options.only):
        (ROOT / "docs" / "performance.md").write_text(page, encoding="utf-8")
        rows = [row for title, found in sections.items() if "SQLite" in title for row in found]
        (ROOT / "docs" / "images" / "performance.svg").write_text(picture(rows), encoding="utf-8")


async def _measure(effort: Effort, only: str) -> dict[str, list[Row]]:
    sections: dict[str, list[Row]] = {}
    engines = {"SQLite": ""}
    if url := os.environ.get("ODORI_TEST_MONGODB_URL"):
        engines["MongoDB protocol"] = url
    for engine, url in engines.items():
        for title, measure in EVERY.items():
            heading = f"{title}: {engine}"
            if only.lower() not in heading.lower():
                continue
            size = MODEST if url else effort
            sections[heading] = await measure(partial(odori, mongodb_url=url), size)
        heading = f"MQTT: {engine}"
        if only.lower() in heading.lower():
            sections[heading] = await mqtt_to_history(url, MODEST if url else effort)
    heading = "Identity: SQLite"
    if only.lower() in heading.lower():
        sections[heading] = await beside_noop(effort)
    return sections


def _page(sections: dict[str, list[Row]], effort: Effort) -> str:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    parts = [_HEAD.format(machine=machine, connections=effort.connections)]
    for title, rows in sections.items():
        parts += [f"## {title}\n", table(rows), ""]
    return "\n".join(parts)


if __name__ == "__main__":
    main()
