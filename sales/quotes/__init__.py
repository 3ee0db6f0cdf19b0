"""The pages of quotes: list, board, line editor, approvals, the customer's room, paper."""
