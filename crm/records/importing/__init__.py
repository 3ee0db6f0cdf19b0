"""Import that people trust: what goes where, what would change, and each row once.

The page and ``manage.py import_records`` use the same steps: a file is kept and surveyed
(`files`), its columns are guessed (`guessing`) into a `mapping`, a job checks or imports it
(`work`) in chunks through the services of the record type.
"""
