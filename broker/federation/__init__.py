"""Where requests that concern other systems would go: registrations and forwarding."""
