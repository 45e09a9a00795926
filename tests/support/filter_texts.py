"""Texts that are nearly filters of NGSI-v2, and some that are."""

from hypothesis import strategies as st

WORDS = st.sampled_from([
    *"'\";,.:!<>=~()[]{}*+?|\\^$- \t\x00é\ud800", "==", "!=", ">=", "<=", "~=", "..", ";;", "a",
    "b", "dateCreated", "servicePath", "true", "false", "null", "0", "-1", "2.5", "1e9", "1e999",
    "'a'", "2020-01-01", "2020-01-01T00:00:00Z", "2020-13-01", "99999999999999999999", "[a-",
    "(?i)", "\\1",
])  # fmt: skip
TEXTS = st.lists(WORDS, max_size=12).map("".join) | st.text(max_size=20)
GEORELS = st.lists(
    st.sampled_from([
        "near", "coveredBy", "intersects", "equals", "disjoint", ";", ":", "maxDistance:1000", "-1",
        "minDistance:5", "maxDistance", "maxDistance:1e999", "maxDistance:nan", "==", "x",
    ]),
    max_size=6,
).map("".join)  # fmt: skip
GEOMETRIES = st.sampled_from(["point", "line", "polygon", "box", "circle", "", "geo:point"])
COORDINATES = st.lists(
    st.sampled_from([
        "0", "1", "2", "90", "-90", "180", "-180", "181", "1e-300", "1e308", "nan", "inf", "-0",
        ",", ",", ",", ";", ";", " ", "0,0", "0,0;0,1;1,1;0,0", "0,0;0,0",
    ]),
    max_size=12,
).map("".join)  # fmt: skip
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "q": TEXTS, "mq": TEXTS, "georel": GEORELS, "geometry": GEOMETRIES, "coords": COORDINATES,
        "orderBy": TEXTS | st.just("geo:distance"), "attrs": TEXTS, "metadata": TEXTS, "id": TEXTS,
        "type": TEXTS, "idPattern": TEXTS, "typePattern": TEXTS, "limit": TEXTS, "offset": TEXTS,
        "options": TEXTS,
    },
)  # fmt: skip
