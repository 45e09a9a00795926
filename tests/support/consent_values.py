"""Hypothesis strategies for values of items, as a person may enter them."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from oauth.items.codelists import code_list, entries
from oauth.items.values import read
from oauth.model.items import Item

_KANA = st.text("アイウカガキシジスセタチツテトナハフマヤラワヴ", min_size=2, max_size=6)
_KANJI = st.text("大通花子山田太郎札幌鈴木", min_size=2, max_size=4)
_POSTAL = st.integers(0, 9_999_999).map(lambda number: f"{number:07}")


@st.composite
def _names(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.booleans()):
        latin = st.text("abcdefghijkXYZ", min_size=2, max_size=8)
        return {"family_name": draw(latin), "given_name": draw(latin)}
    return {
        "family_name": draw(_KANJI),
        "given_name": draw(_KANJI),
        "family_name#ja-Kana-JP": draw(_KANA),
        "given_name#ja-Kana-JP": draw(_KANA),
    }


@st.composite
def _areas(draw: st.DrawFn) -> dict[str, Any]:
    near = st.sampled_from(["01", "13"])
    area = {"prefecture": draw(near | st.sampled_from(sorted(entries("prefectures"))))}
    for name, of in (("municipality", "municipalities"), ("ward", "wards")):
        parent = list(area.values())[-1]
        inside = [one.code for one in code_list(of).entries if one.parent == parent]
        if not inside or draw(st.booleans()):
            break
        area[name] = draw(st.sampled_from(inside[:3]))  # Sapporo comes first
    return area


@st.composite
def _households(draw: st.DrawFn) -> dict[str, Any]:
    size = draw(st.integers(1, 8))
    return {"size": size, "children": draw(st.integers(0, size - 1))}


_RAW: Mapping[Item, st.SearchStrategy[Any]] = {
    Item.NAME: _names(),
    Item.BIRTH_YEAR: st.integers(1920, 2026),
    Item.GENDER: st.sampled_from(sorted(entries("gender"))),
    Item.EMAIL: st.sampled_from(["a@x.example", "b@x.example"]).map(lambda one: {"email": one}),
    Item.LOCALITY: st.fixed_dictionaries(
        {
            "postal_code": _POSTAL,
            "region": st.sampled_from(["北海道", "東京都"]),
            "locality": st.sampled_from(["札幌市中央区", "小樽市", "余市町"]),
        }
    ),
    Item.LANGUAGE: st.lists(
        st.sampled_from(["ja", "en", "zh-Hant", "zh-Hans-CN", "fr", "mn"]), min_size=1, max_size=4
    ),
    Item.RESIDENCE_AREA: _areas(),
    Item.INCOME_BRACKET: st.sampled_from(sorted(entries("income"))).map(
        lambda code: {"scheme": code_list("income").scheme, "code": code}
    ),
    Item.INTERESTS: st.lists(st.sampled_from(sorted(entries("interests"))), min_size=1, max_size=6),
    Item.HOUSEHOLD: _households(),
    Item.OCCUPATION: st.sampled_from(sorted(entries("occupation"))),
}


def values_of(item: Item) -> st.SearchStrategy[Any]:
    """Values as they are kept; an address with its verified state, as it is released."""
    kept = _RAW[item].map(lambda raw: read(item, raw))
    if item is not Item.EMAIL:
        return kept
    return st.builds(lambda one, state: {**one, "email_verified": state}, kept, st.booleans())
