"""登録情報: every item entered, changed and deleted on its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from kernel.clock import Clock
from kernel.errors import BadRequestError, NotFoundError
from kernel.json import JsonValue
from kernel.times import Instant
from oauth.accounts.personal import PersonalData, PersonalValue
from oauth.items import values
from oauth.items.coarsening import coarsen
from oauth.model.items import GRANULARITIES, SELF_ITEMS, Item
from oauth.pages.entries import ENTERED, SEVERAL, Form, field_at_fault, typed_of, value_of
from oauth.pages.fields import fields_of
from oauth.pages.shell import Shell, Sight, go
from oauth.pages.tellings import tell

_PROFILE = "/account/profile"
_ROOM = "profile"


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the profile; `value` is empty where nothing was entered."""

    item: Item
    slug: str
    name: str
    value: str
    since: Instant | None
    edit: str
    removable: bool


class ProfilePages:
    """A person's own values, in plain sight of that person only."""

    def __init__(self, *, shell: Shell, personal: PersonalData, clock: Clock) -> None:
        self._shell = shell
        self._personal = personal
        self._clock = clock

    async def show(self, sight: Sight) -> web.Response:
        """Every item with its value."""
        kept = await self._personal.read(sight.account_id)
        return self._shell.show(
            sight,
            "profile.html",
            sight.words("profile.title"),
            room=_ROOM,
            rows=[self._row(item, kept.get(item), sight) for item in SELF_ITEMS],
            told=_told(sight),
        )

    async def form(self, sight: Sight) -> web.Response:
        """The form of one item.

        Raises:
            NotFoundError: there is no such item.
        """
        item = _item(sight.request)
        kept = (await self._personal.read(sight.account_id)).get(item)
        typed = {} if kept is None else typed_of(item, kept.value)
        return self._form(sight, item, typed, {})

    async def save(self, sight: Sight) -> web.Response:
        """Save one item.

        Raises:
            NotFoundError: there is no such item.
        """
        item = _item(sight.request)
        form = await self._shell.own_form(sight, several=SEVERAL)
        try:
            entered = values.read(item, value_of(item, form))
            await self._personal.put(sight.account_id, item, entered)
        except BadRequestError as error:
            at = field_at_fault(item, error.message)
            return self._form(sight, item, form, {at: sight.words(f"error.{at}")})
        return go(_PROFILE, saved=item)

    async def remove(self, sight: Sight) -> web.Response:
        """Delete one item; nothing of it is left.

        Raises:
            NotFoundError: there is no such item.
        """
        item = _item(sight.request)
        await self._shell.own_form(sight)
        await self._personal.remove(sight.account_id, item)
        return go(_PROFILE, removed=item)

    def _form(
        self, sight: Sight, item: Item, typed: Form, errors: Mapping[str, str]
    ) -> web.Response:
        return self._shell.show(
            sight,
            "item.html",
            sight.words.item(item),
            room=_ROOM,
            status=400 if errors else 200,
            item=item,
            fields=fields_of(item, typed, sight.words),
            errors=errors,
        )

    def _row(self, item: Item, kept: PersonalValue | None, sight: Sight) -> Row:
        is_email = item is Item.EMAIL
        return Row(
            item=item,
            slug=item.replace(".", "-"),
            name=sight.words.item(item),
            value="" if kept is None else self._told_value(item, kept.value, sight),
            since=None if kept is None else kept.updated_at,
            edit="/account/email" if is_email else f"{_PROFILE}/{item}",
            removable=not is_email,
        )

    def _told_value(self, item: Item, value: JsonValue, sight: Sight) -> str:
        finest = GRANULARITIES[item][0]
        if item is Item.EMAIL and isinstance(value, Mapping):
            value = {**value, "email_verified": sight.visitor.account.email_verified}
        said = coarsen(item, value, finest, self._clock.now())
        return "" if said is None else tell(item, finest, said, sight.words)


def _item(request: web.Request) -> Item:
    name = request.match_info["item"]
    if name not in ENTERED:
        raise NotFoundError("There is no such item")
    return Item(name)


def _told(sight: Sight) -> str:
    """What was just done, as the address says; only with names of ours."""
    for what in ("saved", "removed"):
        name = sight.request.query.get(what, "")
        if name in ENTERED:
            return sight.words(f"profile.{what}", item=sight.words.item(Item(name)))
    return ""
