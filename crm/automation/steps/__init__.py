"""What rules can do, one module per kind."""
