"""Writing letters: drafts, recipients and their labels, templates, and the way into the outbox."""
