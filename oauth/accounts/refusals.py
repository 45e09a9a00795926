"""Why an account says no.

WeakPasswordError      400  its `rule` says why
BadAddressError        400  not an e-mail address
BadBirthYearError      400  not a year that somebody alive was born in
TermsError             400  the terms in force, or one of their mandatory clauses, not accepted
SignInFailedError      401  address and password do not belong together; never which
WrongPasswordError     403  the password, asked again of somebody who is signed in
DeadLinkError          404  a one-time link that is unknown, used, expired or overtaken
AddressTakenError      409  the address that was just proved belongs to another account too
"""

from enum import StrEnum

from kernel.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthenticatedError,
)


class Rule(StrEnum):
    """What a password must not be."""

    LENGTH = "length"
    COMMON = "common"
    REPEATED = "repeated"
    SEQUENCE = "sequence"
    PERSONAL = "personal"


class WeakPasswordError(BadRequestError):
    """The password breaks a rule. `rule` is for pages to say in the person's language."""

    def __init__(self, message: str, rule: Rule) -> None:
        super().__init__(message)
        self.rule = rule


class BadAddressError(BadRequestError):
    """The text is not an e-mail address."""


class BadBirthYearError(BadRequestError):
    """The birth year is not a year that somebody alive was born in."""


class TermsError(BadRequestError):
    """The terms in force were not accepted with every mandatory clause."""


class SignInFailedError(UnauthenticatedError):
    """Address and password do not belong together; the answer to an unknown address is the same."""


class WrongPasswordError(ForbiddenError):
    """The password of somebody who is signed in, asked again, was another."""


class DeadLinkError(NotFoundError):
    """The link is unknown, used, expired, or something happened since that overtook it."""


class AddressTakenError(ConflictError):
    """Another account has the address. Said only to whoever proved that it is theirs."""
