"""From the bytes of a device to a de-identified observation."""
