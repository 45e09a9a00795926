"""The bound values of one statement."""

from typing import Any


class Parameters:
    """Numbered parameters: each value is bound once and may stand in several places."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._texts: dict[str, str] = {}

    def add(self, value: Any) -> str:
        """The placeholder of a value; equal texts share one."""
        if isinstance(value, str):
            if value not in self._texts:
                self._texts[value] = self._append(value)
            return self._texts[value]
        return self._append(value)

    def _append(self, value: Any) -> str:
        self.values.append(value)
        return f"?{len(self.values)}"
