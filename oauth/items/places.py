"""Where a person lives, as far as anybody may know it: never a street."""

import re
import unicodedata
from typing import Final

from kernel.errors import BadRequestError
from kernel.json import JsonValue
from oauth.items.codelists import entries
from oauth.items.reading import code, members, text

_POSTAL_CODE: Final = re.compile(r"(\d{3})-?(\d{4})", re.ASCII)  # noqa: TID251 — ours, linear
_N: Final = "[々〆ヶヵヴァ-ンー\u3041-\u3096\u4e00-\u9fff]"
_CITY: Final = re.compile(f"{_N}{{1,7}}市")  # noqa: TID251 — ours, linear
_CITY_WARD: Final = re.compile(f"({_N}{{1,7}}市){_N}{{1,4}}区")  # noqa: TID251 — ours, linear
_TOKYO_WARD: Final = re.compile(f"{_N}{{1,3}}区")  # noqa: TID251 — ours, linear
_TOWN: Final = re.compile(f"(?:{_N}{{1,5}}郡)?({_N}{{1,5}})[町村]")  # noqa: TID251 — ours, linear
_TOKYO: Final = "東京都"
_SAPPORO_NAME: Final = "札幌市"


def read_locality(raw: JsonValue) -> JsonValue:
    """Postal code, prefecture and municipality.

    Raises:
        BadRequestError: one of them is missing, or is something else.
    """
    required = frozenset({"postal_code", "region", "locality"})
    found = members(raw, "locality", required=required)
    digits = unicodedata.normalize("NFKC", text(found["postal_code"], "postal_code"))
    postal = _POSTAL_CODE.fullmatch(digits)
    if postal is None:
        raise BadRequestError("postal_code has seven digits")
    region = _region(found["region"])
    return {
        "postal_code": f"{postal[1]}-{postal[2]}",
        "region": region,
        "locality": _municipality(found["locality"], region),
    }


def _region(raw: JsonValue) -> str:
    """A prefecture by its Japanese name; its code is understood."""
    known = entries("prefectures")
    if isinstance(raw, str):
        if (entry := known.get(raw)) is not None:
            return entry.ja
        if any(entry.ja == raw for entry in known.values()):
            return raw
    raise BadRequestError("region is a prefecture")


def _municipality(raw: JsonValue, region: str) -> str:
    """Sapporo by its ten wards, everywhere else by the form that names of municipalities have."""
    found = unicodedata.normalize("NFKC", text(raw, "locality"))
    if not _is_municipality(found, region):
        raise BadRequestError("locality is a municipality, such as 札幌市中央区")
    return found


def _is_municipality(found: str, region: str) -> bool:
    if found.startswith(_SAPPORO_NAME):
        ward = found.removeprefix(_SAPPORO_NAME)
        return not ward or any(entry.ja == ward for entry in entries("wards").values())
    if _CITY.fullmatch(found) or _CITY_WARD.fullmatch(found):
        return True
    if region == _TOKYO and _TOKYO_WARD.fullmatch(found):
        return True
    town = _TOWN.fullmatch(found)
    # 余市町 is a town. Behind a longer name, 市 ends a city, and 町 would be a part of it.
    return town is not None and town[1].rfind("市") <= 1 and "区" not in town[1]


def read_area(raw: JsonValue) -> JsonValue:
    """Prefecture, municipality and ward by code, each inside the one before.

    Raises:
        BadRequestError: a code is unknown, or lies elsewhere.
    """
    found = members(
        raw,
        "residence_area",
        required=frozenset({"prefecture"}),
        optional=frozenset({"municipality", "ward"}),
    )
    prefecture = code(found["prefecture"], "prefecture", "prefectures")
    area: dict[str, JsonValue] = {"prefecture": prefecture}
    parent = prefecture
    for name, of in (("municipality", "municipalities"), ("ward", "wards")):
        if name not in found:
            continue
        part = code(found[name], name, of)
        if entries(of)[part].parent != parent:
            raise BadRequestError(f"{name} is not in the area around it")
        area[name] = parent = part
    return area
