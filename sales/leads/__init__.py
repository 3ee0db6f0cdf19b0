"""Leads as people meet them: list, board, page, and the way from a lead to a deal."""
