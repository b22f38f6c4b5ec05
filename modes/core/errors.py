"""The exceptions of this package: each says which operation, why, and what to write instead."""

from modes.core import refusals


class DifferentiationError(TypeError):
    """An operation on a traced value has no derivative here; nothing was computed."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        refusals.note(self)


class NoSuchAttributeError(DifferentiationError, AttributeError):
    """A traced value lacks something that NumPy's arrays have, or that nothing has (`known` is False)."""

    def __init__(self, message: str, known: bool = False) -> None:
        AttributeError.__init__(self, message)
        if known:
            refusals.note(self)


class TracedConversionError(DifferentiationError):
    """Plain Python asked a traced value for a number, which would lose the derivative."""
