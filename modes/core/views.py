"""Which traced value is a view of which, so that assignment to one shows in the other, as in NumPy."""

import weakref

import numpy as np

from modes.core.traced import Traced

_get_view = Traced._view.__get__  # type: ignore[attr-defined]  # of the slots, unset in most values, and
_get_views = Traced._views.__get__  # type: ignore[attr-defined]  # without the detour of __getattr__


def is_view(value, base):
    """True where NumPy made `value` as a view of `base`, so that assignment to one shows in the other."""
    if type(value) is np.ndarray:
        owner = value.base  # NumPy names the owner of the memory, through any number of views
        return owner is not None and type(base) is np.ndarray and (owner is base or owner is base.base)
    view = view_of(value) if isinstance(value, Traced) else None
    return view is not None and view[0] is base


def view_of(value):
    """What a traced value is a view of, and how to take it again; None where it is not a view."""
    try:
        return _get_view(value)
    except AttributeError:
        return None


def views_of(value):
    """The live views of a traced value."""
    try:
        references = _get_views(value)
    except AttributeError:
        return []
    return [view for reference in references if (view := reference()) is not None]


def link_view(base, view, again):
    """Note that `view` shows a part of `base`, and how to take it again: ``again(base)``."""
    view._view = (base, again)
    try:
        views = _get_views(base)
    except AttributeError:
        views = base._views = []
    if len(views) >= 64 and len(views) & (len(views) - 1) == 0:  # now and then, forget the dead
        views[:] = [reference for reference in views if reference() is not None]
    views.append(weakref.ref(view))
