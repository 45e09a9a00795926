"""What a subscription is and whether a change concerns it. Pure."""
