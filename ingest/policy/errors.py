"""What can be wrong with a policy. Policies are ours: messages may quote them."""

from kernel.errors import OurError


class PolicyError(OurError):
    """A policy file does not load: it breaks a rule of de-identification §4."""


class PolicyDowngradeError(OurError):
    """A sensor is to be bound to a lower version of its policy, which never happens."""
