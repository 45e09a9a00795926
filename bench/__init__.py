"""Measures Odori beside a no-op aiohttp server, in one run: ratios, never absolute pass marks."""
