"""Which subscriptions a change is told to, found by look-up and not by asking each of them."""

from collections.abc import Iterable, Iterator, Sequence

from broker.model.changes import Alteration, Change
from broker.model.notice import Notice
from broker.model.visibility import seen_change
from broker.subscriptions.model import EntityMatcher, Face, Status, Subscription
from broker.subscriptions.subjects import is_type_selection
from broker.subscriptions.watch import Watch


class _Bucket:
    """Watches that share an id or a type, by the attributes that they watch."""

    __slots__ = ("any_attribute", "by_attribute")

    def __init__(self) -> None:
        self.any_attribute: list[Watch] = []
        self.by_attribute: dict[str, list[Watch]] = {}

    def add(self, watch: Watch) -> None:
        watched = watch.subscription.condition.attributes
        if not watched:
            self.any_attribute.append(watch)
        for name in dict.fromkeys(watched):
            self.by_attribute.setdefault(name, []).append(watch)

    def collect(self, change: Change, found: dict[int, Watch]) -> None:
        """Add the watches that may want to know of the change, by their ranks.

        What ends concerns whoever watches attributes, and be it some that the entity lacked.
        """
        for watch in self.any_attribute:
            found[watch.rank] = watch
        if self.by_attribute:
            for name in self.by_attribute if _may_end(change) else change.written:
                for watch in self.by_attribute.get(name, ()):
                    found[watch.rank] = watch


def _may_end(change: Change) -> bool:
    """Whether the entity ends, or may end for some: of another type it may be hidden from them."""
    if change.alteration is Alteration.DELETE:
        return True
    before, after = change.before, change.after
    return before is not None and after is not None and before.types != after.types


class SubscriptionIndex:
    """The subscriptions of one tenant, ready for matching.

    Each is filed under the exact ids or the types that it names, and there under the attributes
    that it watches; those with neither id nor type stand in a bucket of their own. A change meets
    the few that share one of these with it, so that thousands of others cost it nothing.
    """

    def __init__(self, subscriptions: Iterable[Subscription]) -> None:
        self._by_id: dict[str, _Bucket] = {}
        self._by_type: dict[str, _Bucket] = {}
        self._rest = _Bucket()
        self._unreadable: list[str] = []
        self._ids: list[str] = []
        active = (one for one in subscriptions if one.status is not Status.INACTIVE)
        for rank, subscription in enumerate(active):
            self._file(Watch(subscription, rank))

    def notices(self, change: Change, tenant: str, correlator: str) -> Iterator[Notice]:
        """The notifications that the change causes, in order of the subscriptions' creation."""
        for watch in self.candidates(change):
            seen = seen_change(change, watch.subscription.permission)
            if seen is not None and watch.verdict(seen) is None:
                yield _notice(watch, seen, tenant, correlator)

    def candidates(self, change: Change) -> Sequence[Watch]:
        """The watches worth asking, in order of creation: all that could be told, few others."""
        entity = change.entity
        found: dict[int, Watch] = {}
        self._rest.collect(change, found)
        if (named := self._by_id.get(entity.id)) is not None:
            named.collect(change, found)
        for name in entity.types:
            if (typed := self._by_type.get(name)) is not None:
                typed.collect(change, found)
        return [found[rank] for rank in sorted(found)] if found else ()

    @property
    def ids(self) -> Sequence[str]:
        """Ids of the subscriptions that changes are held against, in order of creation."""
        return self._ids

    @property
    def unreadable(self) -> Sequence[str]:
        """Ids of subscriptions whose stored filter or pattern does not parse: they never match."""
        return self._unreadable

    def _file(self, watch: Watch) -> None:
        if watch.unreadable:
            self._unreadable.append(watch.subscription.id)
            return
        self._ids.append(watch.subscription.id)
        face = watch.subscription.face
        buckets = (self._bucket_of(face, matcher) for matcher in watch.subscription.entities)
        for bucket in {id(bucket): bucket for bucket in buckets}.values():
            bucket.add(watch)

    def _bucket_of(self, face: Face, matcher: EntityMatcher) -> _Bucket:
        if matcher.id:
            return self._by_id.setdefault(matcher.id, _Bucket())
        if matcher.type and not is_type_selection(face, matcher):
            return self._by_type.setdefault(matcher.type, _Bucket())
        return self._rest


def _notice(watch: Watch, change: Change, tenant: str, correlator: str) -> Notice:
    subscription = watch.subscription
    return Notice(
        subscription_id=subscription.id,
        lane=subscription.endpoint.lane,
        entity=change.entity,
        alteration=change.alteration,
        committed_at=change.at,
        written=change.written,
        correlator=correlator,
        tenant=tenant,
        before=change.before if watch.tells_before else None,
    )
