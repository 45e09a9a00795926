"""How a value leaves the vault: facts, permit, record, answer."""
