"""Device models, the device registry and the simulated city."""
