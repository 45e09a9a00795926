"""The languages that pages, terms and mail are written in."""

from enum import StrEnum


class Language(StrEnum):
    """Japanese comes first: it is what an unknown reader gets."""

    JA = "ja"
    EN = "en"
