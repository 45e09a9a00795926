"""The scale-out engine: MongoDB, through motor."""
