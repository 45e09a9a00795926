"""Terms of the association and of services, in every version that was ever in force."""

from aiohttp import web

from kernel.errors import NotFoundError
from oauth.companies.desk import Companies
from oauth.pages.prose import blocks
from oauth.pages.shell import Shell, words_of


class TermsPages:
    """Open to everybody: who accepts something can read it before and after."""

    def __init__(self, *, shell: Shell, companies: Companies) -> None:
        self._shell = shell
        self._companies = companies

    async def show(self, request: web.Request) -> web.Response:
        """A version, by default the one in force.

        Raises:
            NotFoundError: there are no such terms, or no such version.
        """
        terms_id = request.match_info["terms"]
        document = await self._companies.agreements.terms(
            terms_id, request.query.get("version", "")
        )
        if document is None:
            raise NotFoundError("There are no such terms")
        language = words_of(request).language
        return self._shell.bare(
            request,
            "terms.html",
            document.title[language],
            document=document,
            blocks=blocks(document.text[language]),
            versions=await self._companies.agreements.terms_versions(terms_id),
        )
