"""The names of the transformations (Orion's manual "Available Transformations").

`nMapper` is not in that list; Orion's functional tests have it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from broker.jexl.transforms import numbers, patterns, structures, texts, times
from broker.jexl.transforms.call import Transformation

TRANSFORMATIONS: Final[Mapping[str, Transformation]] = MappingProxyType(
    {
        "uppercase": texts.uppercase,
        "lowercase": texts.lowercase,
        "split": texts.split,
        "indexOf": texts.index_of,
        "len": texts.length,
        "trim": texts.trim,
        "substring": texts.substring,
        "includes": texts.includes,
        "isNaN": numbers.is_nan,
        "parseInt": numbers.parse_int,
        "parseFloat": numbers.parse_float,
        "typeOf": structures.type_of,
        "toString": structures.to_string,
        "toJson": structures.to_json,
        "floor": numbers.floor,
        "ceil": numbers.ceil,
        "round": numbers.rounded,
        "toFixed": numbers.to_fixed,
        "log": numbers.log,
        "log10": numbers.log10,
        "log2": numbers.log2,
        "sqrt": numbers.sqrt,
        "replaceStr": texts.replace,
        "replaceRegex": patterns.replace,
        "matchRegex": patterns.match,
        "mapper": structures.mapper,
        "nMapper": structures.number_mapper,
        "thMapper": structures.threshold_mapper,
        "values": structures.values,
        "keys": structures.keys,
        "arrSum": structures.array_sum,
        "arrAvg": structures.array_average,
        "now": times.now,
        "toIsoString": times.to_iso_string,
        "getTime": times.get_time,
    }
)
