"""Samples of SciPy's special ufuncs, each on its domain."""

import numpy as np
from rulecheck import Sample
from scipy import special as sp
from scipy.special import _ufuncs

_RNG = np.random.default_rng(5)
_ANY = _RNG.uniform(-2, 2, (2, 3))
_POSITIVE = _RNG.uniform(0.4, 3, (2, 3))
_UNIT = _RNG.uniform(0.1, 0.9, (2, 3))
_SIGNED = _UNIT * np.sign(_ANY)
_NEAR = np.array([0.0, 1e-9, -1e-3, 0.3, -0.99, 1.01])

_UNARY = {
    "erf erfc erfi erfcx dawsn ndtr log_ndtr expit log_expit i0 i1 j0 j1 exprel expm1 exp2 exp10 cbrt "
    "cosm1 sindg cosdg tandg cotdg i0e i1e rgamma": _ANY,
    "gammaln loggamma psi gamma rgamma y0 y1 k0 k1 k0e k1e spence exp1 expi wrightomega entr "
    "log1p": _POSITIVE,
    "logit ndtri erfcinv": _UNIT,
    "erfinv": _SIGNED,
    "psi gamma gammaln": -_UNIT - 1,
    "ndtri_exp": -_POSITIVE,
    "exprel": _NEAR,
}
SAMPLES = [
    Sample(getattr(sp, name), getattr(sp, name), (points,), f"{points.flat[0]:.2f}")
    for names, points in _UNARY.items()
    for name in names.split()
]

_BOTH = {
    "xlogy rel_entr kl_div beta betaln poch pseudo_huber boxcox": (_POSITIVE, _POSITIVE[0] + 0.7),
    "xlog1py owens_t": (_ANY, _UNIT[:, :1]),
    "boxcox1p": (_POSITIVE, _ANY),
    "powm1": (_POSITIVE, _ANY),
    "binom": (_POSITIVE + 3, _UNIT),
    "huber": (_UNIT[:1], _ANY),
}
SAMPLES += [
    Sample(getattr(sp, name), getattr(sp, name), points, "both")
    for names, points in _BOTH.items()
    for name in names.split()
]

_ORDERED = {"jv jve yv yve iv ive kv kve": 1.3, "kn yn": 2, "gammainc gammaincc": 1.7}
SAMPLES += [
    Sample(
        getattr(sp, name),
        lambda x, name=name, order=order: getattr(sp, name)(order, x),
        (_POSITIVE,),
        f"{order}",
    )
    for names, order in _ORDERED.items()
    for name in names.split()
]
SAMPLES += [
    *(Sample(f, lambda y, f=f: f(1.7, y), (_UNIT,)) for f in (sp.gammaincinv, sp.gammainccinv)),
    *(Sample(f, lambda x, f=f: f(1.7, 2.4, x), (_UNIT,)) for f in (sp.betainc, sp.betaincc, sp.betaincinv)),
    *(Sample(f, lambda y, f=f: f(y, 0.8), (_UNIT,)) for f in (sp.inv_boxcox, sp.inv_boxcox1p)),
    Sample(_ufuncs._zeta, lambda q: sp.zeta(2.5, q), (_POSITIVE,)),
    Sample(sp.radian, sp.radian, (_POSITIVE, _POSITIVE[0], 3.0)),
    Sample(sp.xlogy, lambda y: sp.xlogy(0.0, y), (_POSITIVE,), "zero times"),
    Sample(np.logaddexp, sp.softplus, (_ANY,), "scipy.special.softplus"),
]
