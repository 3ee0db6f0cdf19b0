"""Pages of accounts: the entrance, one's own settings, colleagues, and the first page of all."""
