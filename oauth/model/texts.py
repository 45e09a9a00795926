"""A text in both languages of the city."""

import msgspec

from kernel.languages import Language

__all__ = ["Bilingual", "Language"]


class Bilingual(msgspec.Struct, frozen=True):
    """The same said twice. Both are required: pages do not mix languages."""

    ja: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.ja if language is Language.JA else self.en
