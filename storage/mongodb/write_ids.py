"""Ids of writes: who wrote, and the how-manieth."""


class WriteIds:
    """Ids of this node's writes, never the same again: every start of a node has a new number."""

    def __init__(self, number: int) -> None:
        self.node = f"{number:08x}"
        self._number = number
        self._count = 0

    def take(self) -> str:
        """The id of the next write; those of one node sort in order."""
        self._count += 1
        return f"{self.node}-{self._count:012x}"

    def take_number(self) -> int:
        """The same as a number of 63 bits: good for 2**31 starts and 2**32 writes of each."""
        self._count += 1
        return self._number << 32 | self._count


def node_of(write: str) -> str:
    """The node that made the write."""
    return write.partition("-")[0]
