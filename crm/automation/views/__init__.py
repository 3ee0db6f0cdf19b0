"""Pages of automation: rules and their log, rotations, mail templates, webhooks."""
