"""Pages of a contract: setting its next version, and signing it."""

from collections.abc import Sequence

from aiohttp import web
from multidict import MultiDict

from kernel.errors import BadRequestError, CallerError, ConflictError
from kernel.times import Instant
from oauth.companies.bodies import convert
from oauth.companies.wishes import ContractWish
from oauth.model.companies import Client, Contract
from oauth.model.items import GRANULARITIES, Item
from oauth.staff.pages import both, see_other, texts
from oauth.staff.staff import Call, Staff
from serving.html.words import iso

_FIELDS = (
    "validFrom",
    "validUntil",
    "signedOn",
    "documentSha256",
    "validityMonths",
    "mode",
    "frequency",
    "readsPerDay",
    "auditNoticeDays",
)
_ITEMS = tuple(one for one in Item if one is not Item.OPENID)
_DATE = len("2026-04-01")


class ContractPages:
    """The handlers."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    async def edit(self, call: Call) -> web.Response:
        """The form, with what the present version says."""
        client = await self._staff.client(call.id)
        kept = await self._staff.companies.agreements.contract_of(client)
        form: MultiDict[str] = MultiDict() if kept is None else _as_form(kept.value)
        return await self._form(call, client, form)

    async def put(self, call: Call) -> web.Response:
        """The next version."""
        client = await self._staff.client(call.id)
        try:
            await self._staff.companies.agreements.set_contract(client.id, _wish(call.form))
        except (BadRequestError, ConflictError) as error:
            return await self._form(call, client, call.form, error)
        return see_other(f"/staff/clients/{client.id}")

    async def sign(self, call: Call) -> web.Response:
        """The day on which the present version was signed."""
        sha256, on = call.form.get("documentSha256", ""), call.form.get("signedOn", "")
        made = await self._staff.companies.agreements.sign_contract(
            call.id, sha256.strip(), on.strip()
        )
        return see_other(f"/staff/clients/{made.client_id}")

    async def _form(
        self,
        call: Call,
        client: Client,
        form: MultiDict[str],
        error: CallerError | None = None,
    ) -> web.Response:
        others = [one for one in await self._staff.companies.all() if one.id != client.company_id]
        return call.asking(
            "contract.html",
            form,
            error,
            client=client,
            items=_ITEMS,
            granularities=GRANULARITIES,
            others=others,
            chosen_sources=form.getall("sources", []),
        )


def _wish(form: MultiDict[str]) -> ContractWish:
    """The form as the desk understands it; an item without a granularity is not in the contract."""
    said: dict[str, object] = {
        "purpose": {
            **texts(form, "id", "category", "retention"),
            "text": both(form, "purpose"),
            "benefit": both(form, "benefit"),
        },
        "items": _items(form),
        "sources": form.getall("sources", []),
        "records": form.get("records") == "yes",
        **texts(form, *_FIELDS),
    }
    return convert(said, ContractWish)


def _items(form: MultiDict[str]) -> Sequence[dict[str, object]]:
    return [
        {
            "item": item.value,
            "granularity": form[f"item:{item}"],
            "required": form.get(f"required:{item}") == "yes",
        }
        for item in _ITEMS
        if form.get(f"item:{item}")
    ]


def _as_form(contract: Contract) -> MultiDict[str]:
    """What the form would have said; the next version is another document, signed another day."""
    purpose = contract.purpose
    form = MultiDict(
        {
            "id": purpose.id,
            "category": purpose.category,
            "retention": purpose.retention,
            "purpose_ja": purpose.text.ja,
            "purpose_en": purpose.text.en,
            "benefit_ja": purpose.benefit.ja,
            "benefit_en": purpose.benefit.en,
            "validFrom": _day(contract.valid_from),
            "validUntil": _day(contract.valid_until),
            "validityMonths": str(contract.validity_months),
            "mode": contract.mode,
            "frequency": contract.frequency,
            "readsPerDay": str(contract.reads_per_day),
            "auditNoticeDays": str(contract.audit_notice_days),
            "records": "yes" if contract.records else "",
        }
    )
    for one in contract.items:
        form[f"item:{one.item}"] = one.granularity
        form[f"required:{one.item}"] = "yes" if one.required else ""
    for source in contract.sources:
        form.add("sources", source)
    return form


def _day(instant: Instant) -> str:
    return iso(instant)[:_DATE]
