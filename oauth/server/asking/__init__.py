"""What a person is asked, and what the answer means. Pure."""
