"""Companies give too: records about people who agreed, kept for them and counted for the city."""
