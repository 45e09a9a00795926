"""Which requests concern other brokers: registrations, what is asked of whom, how answers merge."""
