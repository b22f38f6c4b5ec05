"""`einsum` in all its forms, as diagonals, sums, and contractions of two operands at a time."""

import functools
import string

import numpy as np

from modes.core.layout import pattern, small_model
from modes.core.registry import rule
from modes.core.traced import primal
from modes.rules.contraction import layout, multiply, operands, order
from modes.rules.copies import laid_out


@rule(np.einsum)
def einsum(*arguments, optimize=False, dtype=None, order="K", casting="safe"):
    """``np.einsum`` in either form; more than two operands are contracted in pairs, by NumPy's path."""
    if isinstance(arguments[0], str):
        subscripts, arrays = arguments[0], arguments[1:]
    else:
        arrays, subscripts = _from_sublists(arguments)
    factors = operands("np.einsum", *arrays)
    if dtype is not None:
        factors = [np.astype(x, dtype) for x in factors]
    shapes = tuple(tuple(x.shape) for x in factors)
    prepare, steps, last, call = _plan(subscripts, shapes, _hashable(optimize))
    for number, function, *how in prepare:
        factors[number] = function(factors[number], *how)
    for one, two, how in steps:
        b, a = factors.pop(max(one, two)), factors.pop(min(one, two))
        factors.append(multiply(a, b, *how))
    result = factors[0] if last is None else np.transpose(factors[0], last)
    if result.ndim < 2 or (len(arrays) == 1 and not any(function is np.sum for _, function, *_ in prepare)):
        return result  # of one operand, a view
    template = _template(call, tuple([pattern(np.asarray(primal(x))) for x in arrays]), order)
    return result if template is None else laid_out(result, template)


@functools.lru_cache(maxsize=1024)
def _template(call, patterns, order):
    """NumPy's own result for small operands that lie in memory alike."""
    text, path = call
    models = [small_model(pattern) for pattern in patterns]
    if any(model is None for model in models):
        return None
    return np.einsum(text, *models, optimize=list(path) if isinstance(path, tuple) else path, order=order)


@functools.lru_cache(maxsize=1024)
def _plan(subscripts, shapes, optimize):
    """What to do to single operands, which pairs to multiply how, and the transposition at the end.

    A result goes to the end of the list of operands.
    """
    terms, out = _from_text(subscripts) if isinstance(subscripts, str) else subscripts
    text = subscripts if isinstance(subscripts, str) else _as_text(terms, out)
    terms, out = _without_ellipsis(terms, out, [len(shape) for shape in shapes])
    prepare: list = []
    shapes = list(shapes)
    for number in range(len(terms)):
        terms[number], shapes[number] = _distinct(number, terms[number], shapes[number], prepare)
    _broadcast(terms, shapes, prepare)
    _sum_lone(terms, shapes, out, prepare)
    steps = []
    path = _path(terms, out, shapes, optimize)
    call = text, bool(optimize) if len(terms) < 3 or not optimize else ("einsum_path", *path)
    for positions in path:
        first, *rest = sorted(positions)
        for done, position in enumerate(rest):
            # the first of them is now the last in the list, after the ones already multiplied are gone
            one, two = (first, position) if not done else (len(terms) - 1, position - done - 1)
            right, left = terms.pop(max(one, two)), terms.pop(min(one, two))
            kept = tuple(dict.fromkeys(label for term in (out, *terms) for label in term))
            how, labels = layout(left, right, kept)
            steps.append((one, two, how))
            terms.append(labels)
    return tuple(prepare), tuple(steps), order(terms[0], out), call


def _as_text(terms, out):
    """Terms and the output as a text."""
    inputs = ",".join("".join("..." if x is Ellipsis else x for x in term) for term in terms)
    return inputs if out is None else inputs + "->" + "".join("..." if x is Ellipsis else x for x in out)


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


def _from_sublists(arguments):
    """Operands, and terms with the output, of the form ``einsum(a, [0, 1], b, [1, 2], [0, 2])``."""
    count = len(arguments) // 2 * 2
    lists = [*arguments[1:count:2], *arguments[count:]]
    letters = string.ascii_uppercase + string.ascii_lowercase  # in this order, as the labels are
    try:
        terms = [tuple(x if x is Ellipsis else letters[_label(x)] for x in sublist) for sublist in lists]
    except (TypeError, IndexError) as error:
        raise ValueError("np.einsum: each operand needs a list of ints from 0 to 51, or Ellipsis") from error
    out = terms.pop() if len(arguments) > count else None
    return arguments[:count:2], (tuple(terms), out)


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


def _distinct(number, term, shape, prepare):
    """Take the diagonal where a label stands twice."""
    term, shape = list(term), list(shape)
    for label in [label for label in dict.fromkeys(term) if term.count(label) > 1]:
        while term.count(label) > 1:
            first = term.index(label)
            second = term.index(label, first + 1)
            if shape[first] != shape[second]:
                raise ValueError(
                    f"np.einsum: label {label!r} of operand {number} has lengths "
                    f"{shape[first]} and {shape[second]}"
                )
            prepare.append((number, np.diagonal, 0, first, second))
            shape.append(shape[first])
            term.append(label)
            del term[second], term[first], shape[second], shape[first]
    return tuple(term), tuple(shape)


def _broadcast(terms, shapes, prepare):
    """Leave out the axes of length 1 that broadcast against others of the same label."""
    sizes: dict = {}
    for label, length in zip(sum(terms, ()), sum(shapes, ()), strict=True):
        if sizes.setdefault(label, length) != length and 1 not in (sizes[label], length):
            raise ValueError(f"np.einsum: label {label!r} stands for lengths {sizes[label]} and {length}")
        sizes[label] = length if sizes[label] == 1 else sizes[label]
    for number, term in enumerate(terms):
        kept = [label for label, length in zip(term, shapes[number], strict=True) if length == sizes[label]]
        if len(kept) < len(term):
            terms[number], shapes[number] = tuple(kept), tuple(sizes[label] for label in kept)
            prepare.append((number, np.reshape, shapes[number]))


def _sum_lone(terms, shapes, out, prepare):
    """Sum over labels that are in no other operand and not in the output."""
    for number, term in enumerate(terms):
        others = set(out).union(*terms[:number], *terms[number + 1 :])
        lone = tuple(axis for axis, label in enumerate(term) if label not in others)
        if lone:
            prepare.append((number, np.sum, lone))
            terms[number] = tuple(label for label in term if label in others)
            shapes[number] = tuple(n for axis, n in enumerate(shapes[number]) if axis not in lone)


def _hashable(optimize):
    return tuple(map(_hashable, optimize)) if isinstance(optimize, list | tuple) else optimize


def _path(terms, out, shapes, optimize):
    """Which operands to contract, one tuple of positions a step; results go to the end of the list."""
    if len(terms) < 3:
        return [tuple(range(len(terms)))]
    labels = dict.fromkeys(label for term in terms for label in term)
    letters = dict(zip(labels, string.ascii_letters, strict=False))
    text = ",".join("".join(letters[label] for label in term) for term in terms)
    text += "->" + "".join(letters[label] for label in out)
    if isinstance(optimize, tuple) and optimize[:1] == ("einsum_path",):
        optimize = list(optimize)
    dummies = [np.broadcast_to(0.0, shape) for shape in shapes]
    return np.einsum_path(text, *dummies, optimize=optimize or "greedy")[0][1:]
