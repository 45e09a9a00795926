"""The aiohttp shell that rooms share: declared routes, one gate, supervised tasks."""
