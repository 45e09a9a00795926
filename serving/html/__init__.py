"""What rooms with pages share: words, look, headers, files, forms. No room's own sentence."""
