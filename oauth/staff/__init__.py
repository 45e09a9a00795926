"""The operator's pages: companies, contracts, terms, devices. No script."""
