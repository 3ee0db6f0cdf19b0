"""What pytest needs before the first test: a database server, a database per process, a browser."""
