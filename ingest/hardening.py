"""What keeps identifiers in memory out of files that the system writes by itself."""

import resource


def forbid_core_dumps() -> None:
    """No core file of this process: it would hold pseudonym keys and raw input (§6)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
