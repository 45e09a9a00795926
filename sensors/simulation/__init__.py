"""The simulated city: what its devices would say, and a driver that says it through their doors.

Everything but the driver and its transports is pure: seed, date and scenario in, reports out.
"""
