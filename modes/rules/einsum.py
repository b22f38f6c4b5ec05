"""`einsum` in all its forms, as diagonals, sums, and contractions of two operands at a time."""

import functools
import string

import numpy as np

from modes._dispatch import rule
from modes.rules.contraction import contract, operands, ordered, shaped


@rule(np.einsum)
def einsum(*arguments, optimize=False, dtype=None, order="K", casting="safe"):
    """``np.einsum`` in either form; more than two operands are contracted in pairs, by NumPy's path."""
    if isinstance(arguments[0], str):
        terms, out = _from_text(arguments[0])
        arrays = arguments[1:]
    else:
        arrays, terms, out = _from_sublists(arguments)
    factors = operands("np.einsum", *arrays)
    if dtype is not None:
        factors = [np.astype(x, dtype) for x in factors]
    terms, out = _without_ellipsis(terms, out, [x.ndim for x in factors])
    factors, terms = _distinct(factors, terms)
    factors, terms = _single(factors, terms, out)
    for positions in _path(tuple(terms), out, tuple(tuple(x.shape) for x in factors), _hashable(optimize)):
        taken = [(factors.pop(i), terms.pop(i)) for i in sorted(positions, reverse=True)][::-1]
        x, labels = taken[0]
        for n, (y, more) in enumerate(taken[1:], start=2):
            later = [term for _, term in taken[n:]]
            kept = set(out).union(*terms, *later)
            x, labels = contract(x, list(labels), y, list(more), kept)
        factors.append(x)
        terms.append(tuple(labels))
    return ordered(factors[0], list(terms[0]), out)


def _from_text(subscripts):
    """Terms and the output (None: implicit) of a text such as ``"ij,jk->ik"``, as tuples of labels."""
    text = subscripts.replace(" ", "")
    inputs, arrow, out = text.partition("->")
    terms = [_labels(term, subscripts) for term in inputs.split(",")]
    return terms, _labels(out, subscripts) if arrow else None


def _labels(term, subscripts):
    before, dots, after = term.partition("...")
    if not set(before + after) <= set(string.ascii_letters):
        raise ValueError(f"np.einsum: {subscripts!r} has subscripts that are not letters")
    return (*before, *((Ellipsis,) if dots else ()), *after)


def _from_sublists(operands):
    """Operands, terms and the output of the form ``einsum(a, [0, 1], b, [1, 2], [0, 2])``."""
    count = len(operands) // 2 * 2
    lists = [*operands[1:count:2], *operands[count:]]
    letters = string.ascii_uppercase + string.ascii_lowercase  # in this order, as the labels are
    try:
        terms = [tuple(x if x is Ellipsis else letters[_label(x)] for x in sublist) for sublist in lists]
    except (TypeError, IndexError) as error:
        raise ValueError("np.einsum: each operand needs a list of ints from 0 to 51, or Ellipsis") from error
    out = terms.pop() if len(operands) > count else None
    return operands[:count:2], terms, out


def _label(label):
    if label < 0:
        raise IndexError
    return label.__index__()


def _without_ellipsis(terms, out, ndims):
    """Terms with a label for each axis: those of an ellipsis are numbers, counted from the end."""
    if len(terms) != len(ndims):
        raise ValueError(f"np.einsum: {len(terms)} terms in the subscripts, but {len(ndims)} operands")
    widest, full = 0, []
    for number, (term, ndim) in enumerate(zip(terms, ndims, strict=True)):
        extra = ndim - len(term) + (Ellipsis in term)
        if term.count(Ellipsis) > 1 or extra < 0 or (extra and Ellipsis not in term):
            raise ValueError(f"np.einsum: the subscripts of operand {number} do not fit its {ndim} axes")
        widest = max(widest, extra)
        full.append(_fill(term, extra))
    if out is None:
        letters = sorted(label for term in terms for label in term if label is not Ellipsis)
        out = (Ellipsis, *(label for label in letters if letters.count(label) == 1))
    elif widest and Ellipsis not in out:
        raise ValueError("np.einsum: operands have axes under an ellipsis: the output needs '...', too")
    out = _fill(out, widest)
    if len(set(out)) < len(out) or not set(out) <= set().union(*full):
        raise ValueError(
            "np.einsum: each label of the output must be in it once, and in the subscripts of an operand"
        )
    return full, out


def _fill(term, extra):
    return tuple(label for part in term for label in (range(-extra, 0) if part is Ellipsis else (part,)))


def _distinct(factors, terms):
    """Operands and terms with the diagonal taken where a label stands twice."""
    factors, terms = list(factors), [list(term) for term in terms]
    for i, term in enumerate(terms):
        for label in [label for label in dict.fromkeys(term) if term.count(label) > 1]:
            while term.count(label) > 1:
                first = term.index(label)
                second = term.index(label, first + 1)
                lengths = factors[i].shape[first], factors[i].shape[second]
                if lengths[0] != lengths[1]:
                    raise ValueError(f"np.einsum: label {label!r} of operand {i} has lengths {lengths}")
                factors[i] = np.diagonal(factors[i], 0, first, second)
                del term[second], term[first]
                term.append(label)
    return factors, terms


def _single(factors, terms, out):
    """Operands without axes that broadcast, and without labels that are in no other operand or the output."""
    sizes: dict = {}
    for x, term in zip(factors, terms, strict=True):
        for label, length in zip(term, x.shape, strict=True):
            if sizes.setdefault(label, length) != length and 1 not in (sizes[label], length):
                raise ValueError(f"np.einsum: label {label!r} stands for lengths {sizes[label]} and {length}")
            sizes[label] = length if sizes[label] == 1 else sizes[label]
    for i, (x, term) in enumerate(zip(factors, terms, strict=True)):
        kept = [(label, n) for label, n in zip(term, x.shape, strict=True) if n == sizes[label]]
        factors[i], terms[i] = shaped(x, [n for _, n in kept]), [label for label, _ in kept]
    for i, term in enumerate(terms):
        others = set(out).union(*terms[:i], *terms[i + 1 :])
        lone = tuple(axis for axis, label in enumerate(term) if label not in others)
        if lone:
            factors[i] = np.sum(factors[i], axis=lone)
            terms[i] = [label for label in term if label in others]
    return factors, [tuple(term) for term in terms]


def _hashable(optimize):
    return tuple(map(_hashable, optimize)) if isinstance(optimize, list | tuple) else optimize


@functools.lru_cache(maxsize=256)
def _path(terms, out, shapes, optimize):
    """Which operands to contract, one tuple of positions a step; results go to the end of the list."""
    if len(terms) < 3:
        return [tuple(range(len(terms)))]
    labels = dict.fromkeys(label for term in terms for label in term)
    letters = dict(zip(labels, string.ascii_letters, strict=False))
    text = ",".join("".join(letters[label] for label in term) for term in terms)
    text += "->" + "".join(letters[label] for label in out)
    operands = [np.broadcast_to(0.0, shape) for shape in shapes]
    if isinstance(optimize, tuple) and optimize[:1] == ("einsum_path",):
        optimize = list(optimize)
    return np.einsum_path(text, *operands, optimize=optimize or "greedy")[0][1:]
