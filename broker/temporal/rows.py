"""The rows that a change adds to the history."""

from collections.abc import Iterator

from broker.model.changes import Change, HistoryRow
from broker.temporal.index import time_of


def rows_of(change: Change) -> Iterator[HistoryRow]:
    """One row per instance written; of an attribute that went away, one that says so.

    Where a name has several instances, those that differ are the ones that were written.
    """
    after = change.after
    key = change.entity.key
    at = change.at
    for name in change.written:
        instances = () if after is None else after.attributes.get(name, ())
        if after is None or not instances:
            yield HistoryRow(key, name, at, at, None)
        elif len(instances) == 1:
            one = instances[0]
            yield HistoryRow(key, name, time_of(after, one, at), at, one, one.dataset_id)
        else:
            for one in instances:
                if one.modified_at == at:
                    yield HistoryRow(key, name, time_of(after, one, at), at, one, one.dataset_id)
