"""The pages of orders and invoices, and paying."""
