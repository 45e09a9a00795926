"""A text in both languages of the city."""

from enum import StrEnum

import msgspec


class Language(StrEnum):
    """Languages that pages, terms and notices exist in."""

    JA = "ja"
    EN = "en"


class Bilingual(msgspec.Struct, frozen=True):
    """The same said twice. Both are required: pages do not mix languages."""

    ja: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.ja if language is Language.JA else self.en
