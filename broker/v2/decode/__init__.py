"""From bytes to writes, queries and subscriptions. Pure: a value, or Orion's error."""
