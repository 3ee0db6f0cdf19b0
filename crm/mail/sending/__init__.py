"""Sending: the outbox from which each letter leaves exactly once.

``outbox`` puts letters in, stops them and settles the doubtful; ``mailer`` sends what is due;
``dialogue`` talks SMTP; ``building`` makes the bytes; ``ways`` says by which way a mailbox sends.
"""
