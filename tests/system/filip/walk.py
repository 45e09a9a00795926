"""What FiLiP's documentation shows, done at a broker; what came of it is printed as one JSON.

Run by an interpreter that has FiLiP, and nothing of ours: `walk.py --broker=URL …`. Each part of
the way has a service path of its own. A part that fails says so under `failed`, and the others go
on.
"""

import argparse
import dataclasses
import json
import logging
import sys
import traceback

from clients import Cities
from context import attributes, batches, entities, management, queries
from notices import actuators, subscriptions
from provided import commands, registrations

PARTS = (
    management,
    entities,
    attributes,
    queries,
    batches,
    subscriptions,
    actuators,
    registrations,
    commands,
)


def main() -> None:
    parser = argparse.ArgumentParser()
    for city in dataclasses.fields(Cities):
        parser.add_argument(f"--{city.name}", required=True)
    cities = Cities(**vars(parser.parse_args()))
    logging.disable()
    found = {}
    for part in PARTS:
        try:
            found[part.__name__] = part(cities)
        except Exception:  # noqa: BLE001 — the test shows it
            found[part.__name__] = {"failed": traceback.format_exc()}
    json.dump(found, sys.stdout)


main()
