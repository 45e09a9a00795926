"""Where a process can be reached."""


def base_url(host: str, port: int) -> str:
    """`http://127.0.0.1:1026`; IPv6 addresses in their brackets (RFC 3986 §3.2.2)."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
