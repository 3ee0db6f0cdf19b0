"""Reading mailboxes from their servers: connecting, signing in, folders, letters."""
