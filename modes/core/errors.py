"""The exceptions of this package: each says which operation, why, and what to write instead."""


class DifferentiationError(TypeError):
    """An operation on a traced value has no derivative here; nothing was computed."""


class TracedConversionError(DifferentiationError):
    """Plain Python asked a traced value for a number, which would lose the derivative."""
