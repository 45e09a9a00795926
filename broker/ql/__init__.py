"""The query languages: one closed tree, its parsers and its meaning."""
