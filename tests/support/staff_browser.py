"""An operator at a real browser: what is clicked and typed, page after page."""

from playwright.async_api import Page, expect

from oauth.model.texts import Language
from serving.html.words import Words

SHA256 = "5" * 64
NAMES = {"name_ja": "大通ガイド株式会社", "name_en": "Odori Guide Co."}
COMPANY = NAMES | {
    "address": "札幌市中央区大通西1丁目",
    "representative": "代表取締役 大通 花子",
    "contact": "privacy@guide.example",
}
SERVICE = {
    "name_ja": "まち歩き",
    "name_en": "Town Walk",
    "redirectUris": "https://guide.example/cb",
    "contact": "help@guide.example",
    "site": "https://guide.example/",
}
TERMS = {
    "version": "2026-04",
    "effectiveFrom": "2026-04-01",
    "title_ja": "まち歩き利用規約",
    "title_en": "Terms of Town Walk",
    "text_ja": "データを民間推進体制に提供します。\n直接特定の個人を識別できる情報は除きます。",
    "text_en": "Data is provided to the association.\nWhat identifies a person is left out.",
}
CONTRACT = {
    "id": "town-walk",
    "purpose_ja": "年代に合う道案内をするため",
    "purpose_en": "To guide by age group",
    "benefit_ja": "歩きやすい道がわかります",
    "benefit_en": "You find easier ways",
    "retention": "P6M",
    "validFrom": "2026-04-01",
    "validUntil": "2036-04-01",
    "documentSha256": SHA256,
    "auditNoticeDays": "10",
}


class Operator:
    """Somebody at a browser who reads one language."""

    def __init__(self, page: Page, language: Language, url: str) -> None:
        self.page = page
        self.url = url
        self.words = Words("oauth.staff", language)

    async def go(self, path: str) -> None:
        """Open a page."""
        await self.page.goto(self.url + path)

    async def fill(self, fields: dict[str, str]) -> None:
        """Type into fields by their names."""
        for name, text in fields.items():
            await self.page.locator(f'[name="{name}"]').fill(text)

    async def press(self, key: str) -> None:
        """Press the button that says this."""
        await self.page.get_by_role("button", name=self.words(key), exact=True).click()

    async def follow(self, key: str) -> None:
        """Follow the link that says this."""
        await self.page.get_by_role("link", name=self.words(key), exact=True).first.click()

    async def sees(self, key: str) -> None:
        """Wait for a heading."""
        await expect(self.page.locator("h1")).to_contain_text(self.words(key))

    async def sign_in(self, token: str, path: str = "/staff") -> None:
        """From the form to the first page."""
        await self.go(path)
        await self.fill({"token": token})
        await self.press("sign-in.button")

    async def register_company(self) -> None:
        """From the list to the new company's page."""
        await self.follow("company.new.button")
        await self.fill(COMPANY)
        await self.press("company.new.button")

    async def register_service(self) -> str:
        """From the company's page to the service's; its secret, as it was shown."""
        await self.follow("client.new.button")
        await self.fill(SERVICE)
        await self.press("client.new.button")
        secret = await self.page.locator(".secret").inner_text()
        await self.follow("secret.done")
        return secret

    async def bind_terms(self) -> None:
        """From the service's page through a new text back to it."""
        here = self.page.url
        await self.follow("terms.new.for")
        await self.fill(TERMS)
        for clause in ("data-to-association", "without-identifiers"):
            await self.page.get_by_label(self.words(f"clause.{clause}")).check()
        await self.press("terms.new.button")
        await expect(self.page.locator("h1")).to_be_visible()
        await self.page.goto(here)
        await self.press("terms.bind")

    async def sign_contract(self) -> None:
        """From the service's page through the contract's form, and the signatures afterwards."""
        await self.page.locator('a[href$="/contract"]').click()
        await self.fill(CONTRACT)
        await self.page.locator('[name="item:profile.birth_year"]').select_option("decade")
        await self.page.locator('[name="required:profile.birth_year"]').check()
        await self.page.locator('[name="item:email"]').select_option("verified")
        await self.press("contract.button")
        await self.fill({"signedOn": "2026-03-20", "documentSha256": SHA256})
        await self.press("sign.button")
