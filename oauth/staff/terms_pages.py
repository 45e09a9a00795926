"""Pages of terms: every version of every text, and adding one."""

from aiohttp import web
from multidict import MultiDict

from kernel.errors import BadRequestError, CallerError, ConflictError, NotFoundError
from oauth.companies.bodies import convert
from oauth.companies.wishes import TermsWish
from oauth.model.terms import ASSOCIATION, MANDATORY, TermsKind
from oauth.staff.pages import both, see_other, texts
from oauth.staff.staff import Call, Staff

_CLAUSES = sorted(set().union(*MANDATORY.values()))


class TermsPages:
    """The handlers."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    async def show_all(self, call: Call) -> web.Response:
        """Every version of every text."""
        found = await self._staff.companies.agreements.all_terms()
        names = {one.id: one.name for one in await self._staff.companies.all()}
        return call.page("terms.html", terms=found, names=names)

    async def show(self, call: Call) -> web.Response:
        """One version with its text."""
        where = call.request.match_info
        found = await self._staff.companies.agreements.terms(where["id"], where["version"])
        if found is None:
            raise NotFoundError("There are no terms of this id and version")
        return call.page("terms-text.html", one=found)

    async def new(self, call: Call) -> web.Response:
        """The form for a version."""
        form = MultiDict({"of": call.request.query.get("of", "")})
        return await self._form(call, form)

    async def put(self, call: Call) -> web.Response:
        """A version more."""
        try:
            made = await self._staff.companies.agreements.put_terms(_wish(call.form))
        except (BadRequestError, ConflictError, NotFoundError) as error:
            return await self._form(call, call.form, error)
        return see_other(f"/staff/terms/{made.id}/{made.version}")

    async def _form(
        self, call: Call, form: MultiDict[str], error: CallerError | None = None
    ) -> web.Response:
        return call.asking(
            "terms-new.html",
            form,
            error,
            companies=await self._staff.companies.all(),
            clauses=_CLAUSES,
            chosen=form.getall("clauses", []),
        )


def _wish(form: MultiDict[str]) -> TermsWish:
    """`of` is a company's id, or the kind of the association's terms."""
    of = form.get("of", "")
    is_association = of in {TermsKind.ID, TermsKind.OAUTH}
    said = {
        "owner": ASSOCIATION if is_association else of,
        "kind": of if is_association else TermsKind.SERVICE.value,
        "title": both(form, "title"),
        "text": {code: _lines(text) for code, text in both(form, "text").items()},
        "clauses": form.getall("clauses", []),
        **texts(form, "version", "effectiveFrom"),
    }
    return convert(said, TermsWish)


def _lines(text: str) -> str:
    """As it was typed; browsers send CRLF, and the hash is of the text."""
    return text.replace("\r\n", "\n")
