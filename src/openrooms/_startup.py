"""Errors of a program that cannot start, which the command line prints as one line."""


class CannotStart(Exception):
    """The settings or the machine do not allow the service to start; `str()` is one line that says what to do."""


class BadSetting(CannotStart):
    """A setting is wrong, or contradicts another one."""
