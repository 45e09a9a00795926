"""How often and how soon somebody who was overtaken tries again."""

import asyncio
import random
from typing import Final

ATTEMPTS: Final = 64
"""With their pauses about 15 s: longer than it takes to notice that a node is dead."""
_FIRST_PAUSE_S: Final = 0.004
_LONGEST_PAUSE_S: Final = 0.5


class Retries:
    """Pauses that grow, and differ by chance, so that those who met do not meet again."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    async def pause(self, attempt: int) -> None:
        """Wait before the attempt after this one; the first is number 0."""
        longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt)
        await asyncio.sleep(self._chance.uniform(0, longest))
