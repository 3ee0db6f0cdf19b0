"""Mail inside the customer's history: mailboxes, letters in and out, and what comes of each."""
