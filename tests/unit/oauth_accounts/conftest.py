from collections.abc import AsyncIterator

import pytest
from support.accounts import AccountBench


@pytest.fixture
async def bench() -> AsyncIterator[AccountBench]:
    """Accounts over a vault in memory, the terms in force."""
    bench = AccountBench()
    await bench.publish_terms()
    yield bench
    bench.close()
