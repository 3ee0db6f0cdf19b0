"""Web forms: built without code, shown anywhere, and what comes in by them."""
