"""Who may do what: credentials, IDs, consent."""
