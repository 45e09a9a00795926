"""`datetime`: an instant becomes the start of its bucket, if it is not too far from our clock."""

from ingest.message import Raw
from ingest.normalise import normalise
from ingest.observation import BucketTime
from ingest.policy.durations import parse_duration
from ingest.policy.model import DatetimeField
from ingest.rules import Refusal, Rule
from ingest.transforms.base import Transform
from kernel.times import Instant, MalformedTimeError, floor_to, parse_instant


def read_instant(raw: Raw) -> Instant:
    """The instant of an ISO 8601 text; without an offset it is UTC.

    Raises:
        Refusal: it is anything else.
    """
    if type(raw) is str:
        try:
            return parse_instant(normalise(raw))
        except MalformedTimeError:
            raise Refusal(Rule.TIME) from None
    raise Refusal(Rule.TIME)


def build_datetime(field: DatetimeField) -> Transform:
    """The bucket of an instant. Late is counted from the end of the bucket."""
    bucket_us = parse_duration(field.bucket)
    ahead_us = parse_duration(field.skew)
    behind_us = bucket_us + parse_duration(field.late or field.skew)

    def transform(raw: Raw, now: Instant) -> BucketTime:
        at = read_instant(raw)
        if at > now + ahead_us:
            raise Refusal(Rule.FUTURE)
        start = floor_to(at, bucket_us)
        if now >= start + behind_us:
            raise Refusal(Rule.LATE)
        return BucketTime(start, bucket_us)

    return transform


def bucket_of(field: DatetimeField, now: Instant) -> BucketTime:
    """The bucket of our own clock, for measures without a time."""
    bucket_us = parse_duration(field.bucket)
    return BucketTime(floor_to(now, bucket_us), bucket_us)
