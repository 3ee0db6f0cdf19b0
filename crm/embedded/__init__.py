"""PostgreSQL and Valkey out of Python wheels, and the processes that make an installation.

Somebody who only wants to try or run Artel on one machine installs no server: these modules
start one of each, own their data folder, and stop them with the product.
"""
