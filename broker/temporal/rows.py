"""The rows that a change adds to the history."""

from broker.model.changes import Change, HistoryRow
from broker.temporal.index import time_of


def rows_of(change: Change) -> list[HistoryRow]:
    """One row per instance written; of an attribute that went away, one that says so.

    Where a name has several instances, those that differ are the ones that were written.
    """
    after = change.after
    key = change.entity.key
    at = change.at
    rows: list[HistoryRow] = []
    for name in change.written:
        instances = () if after is None else after.attributes.get(name, ())
        if after is None or not instances:
            rows.append(HistoryRow(key, name, at, at, None))
            continue
        for one in instances:
            if len(instances) == 1 or one.modified_at == at:
                time = time_of(after, one, at)
                rows.append(HistoryRow(key, name, time, at, one, one.dataset_id))
    return rows
