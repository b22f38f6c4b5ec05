"""The two sweeps over a tape: cotangents pulled back through it, tangents pushed forward."""

from typing import Any

from modes.maps.batches import dense
from modes.maps.linear import LinearMap
from modes.maps.ownership import is_exclusive
from modes.tracers.tape import Tape


def sweep_reverse(tape: Tape, cotangents: list) -> list:
    """Pull cotangents back through the tape.

    `cotangents` has one entry for each value on the tape, None where nothing was seeded. On return the
    entries of independent values hold their cotangents; all others are None, freed as the sweep passed.
    """
    cotangent: Any
    part: Any
    total: Any
    box: Any
    own = set()  # values that entries were added to the cotangents of: no other place knows these arrays
    for index in range(len(tape) - 1, -1, -1):
        cotangent = cotangents[index]
        links = tape[index]
        if cotangent is None or not links:
            continue
        cotangents[index] = None
        for operand, local in links:
            if local is None:
                part = cotangent
            elif isinstance(local, LinearMap):
                if local.scatters:
                    if operand not in own:
                        own.add(operand)
                        if cotangents[operand] is not None and not is_exclusive(cotangents[operand]):
                            cotangents[operand] = dense(cotangents[operand]).copy()
                    cotangents[operand] = local.add_into(cotangents[operand], cotangent)
                    continue
                if local.erases:  # the last link of an assignment
                    box, cotangent, part = [dense(cotangent)], None, None
                    part = local.erased(box)
                else:
                    part = local.transpose(cotangent)
            else:
                part = local * cotangent
            total = cotangents[operand]
            cotangents[operand] = part if total is None else total + part
        cotangent = part = total = box = None  # no name keeps an array that the next step may change in place
    return cotangents


def sweep_forward(tape: Tape, tangents: list, outputs: list) -> list:
    """Push tangents through the tape: the same maps, applied from the other end.

    On return the entries of `outputs` hold their tangents; others may be None, freed after their last use.
    """
    last = {operand: index for index, links in enumerate(tape) for operand, _ in links}
    last.update(dict.fromkeys(outputs, len(tape)))
    for index, links in enumerate(tape):
        incoming: Any = [[tangents[operand]] for operand, _ in links]
        for operand, _ in links:
            if last[operand] == index:
                tangents[operand] = None
        total: Any = None
        part: Any
        box: Any
        for (_, local), box in zip(reversed(links), reversed(incoming), strict=True):  # erase, then place
            if box[0] is None:
                continue
            if local is None:
                part = box[0]
            elif isinstance(local, LinearMap):
                if local.gathers:
                    total = local.add_part(total, box[0])
                    continue
                part = local.erased(box) if local.erases else local.apply(box[0])
            else:
                part = local * box[0]
            total = part if total is None else total + part
        if links:
            tangents[index] = total
        part = total = box = incoming = None
    return tangents
