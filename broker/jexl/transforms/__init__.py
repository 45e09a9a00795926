"""The transformations of Orion's manual, "Available Transformations"."""
