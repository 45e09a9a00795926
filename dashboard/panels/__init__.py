"""The panels of the boards: each turns figures into a title, a body, a table and its trust."""
