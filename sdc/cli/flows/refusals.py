"""What ends a flow: the program lacks a verb, or does something else than the step says."""


class NotBuiltError(Exception):
    """The program has no verb for a step yet."""


class UnexpectedError(Exception):
    """The program did something else than the step says."""
