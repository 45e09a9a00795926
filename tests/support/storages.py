"""Where a process of the tests keeps its data: the settings of each engine."""

import pytest
from support.engines import PLACES, MongoPlace


def storage_settings(request: pytest.FixtureRequest, engine: str) -> dict[str, str]:
    """Settings for `odori_process`: a data folder of its own, or a database that goes away."""
    place = PLACES[engine](request)
    if isinstance(place, MongoPlace):
        return {"mongodb_url": place.url, "mongodb_database": place.database}
    return {}
