"""The bound values of one statement."""

from typing import Any


def bindable(text: str) -> str | bytes:
    """The text; as bytes, which equal no stored text, if it is none that could be stored."""
    try:
        text.encode()
    except UnicodeEncodeError:  # lone surrogates
        return text.encode(errors="surrogatepass")
    return text


class Parameters:
    """Numbered parameters: each value is bound once and may stand in several places."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._texts: dict[str, str] = {}

    def add(self, value: Any) -> str:
        """The placeholder of a value; equal texts share one."""
        if isinstance(value, str):
            if value not in self._texts:
                self._texts[value] = self._append(bindable(value))
            return self._texts[value]
        return self._append(value)

    def _append(self, value: Any) -> str:
        self.values.append(value)
        return f"?{len(self.values)}"
