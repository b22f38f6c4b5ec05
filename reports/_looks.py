"""Colours and marks of modes: one mode looks the same in every figure."""

from typing import NamedTuple


class Look(NamedTuple):
    """Colour on a light page, colour on a dark page, marker."""

    light: str
    dark: str
    marker: str


# Okabe and Ito's colours, told apart with every common kind of colour blindness; markers say it again.
LOOKS = {
    "forward": Look("#0072b2", "#5db8f0", "o"),
    "reverse": Look("#d55e00", "#ff8f45", "s"),
    "central-difference": Look("#009e73", "#35cfa2", "^"),
    "forward-difference": Look("#7a8a00", "#bccb3c", "v"),
    "complex-step": Look("#b65a94", "#e79fca", "D"),
    "backpropagation": Look("#b07d00", "#f0bb45", "P"),
    "cross-country": Look("#7b4bb3", "#bd96ee", "X"),
    "auto": Look("#3c3c3d", "#cfcfce", "*"),
}
OTHER = Look("#6f6f70", "#a9a9a8", ".")
INK, MUTED, PAPER = ("#1b1b1c", "#ececea"), ("#8a8a8b", "#8d8d8c"), ("#fffffe", "#17181a")


def accumulation(mode: str) -> str:
    """Return the kind of accumulation of a mode, whoever implements it: "reverse" of "autograd-reverse"."""
    return next((kind for kind in LOOKS if mode == kind or mode.endswith(f"-{kind}")), mode)


def look(mode: str) -> Look:
    """Return how a mode is drawn."""
    return LOOKS.get(accumulation(mode), OTHER)
