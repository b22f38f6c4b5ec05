"""Functions whose elimination costs are published, in the decomposition in which they were counted.

The mathematics: RoeFlux_1d is P. L. Roe, "Approximate Riemann Solvers, Parameter Vectors, and Difference
Schemes" (1981); RobotArm_6DOF the forward kinematics of an arm with six joints; HumanHeartDipole and
PropaneCombustion are problems of the MINPACK-2 collection (Averick, Carter, Moré & Xue 1992). The order of
the elementary operations is that of the functions of these names in Graphax (J. Lohoff & E. Neftci, 2024).
"""

import numpy as np


def _flux_side(density, momentum, energy, gamma):
    """Velocity, pressure and enthalpy on one side of the interface."""
    velocity = momentum / density
    pressure = (gamma - 1.0) * (energy - 0.5 * momentum**2 / density)
    return velocity, pressure, (energy + pressure) / density


def _euler_flux(density, momentum, energy, pressure):
    velocity = momentum / density
    return momentum, pressure + momentum * velocity, velocity * (pressure + energy)


def roe_flux(left0, left1, left2, right0, right1, right2, gamma=1.4):
    """Roe's numerical flux between two states (density, momentum, energy) in one dimension."""
    jump = right0 - left0
    mixed = np.sqrt(left0 * right0)
    weight = np.sqrt(left0) + np.sqrt(right0)
    vl, pl, hl = _flux_side(left0, left1, left2, gamma)
    vr, pr, hr = _flux_side(right0, right1, right2, gamma)
    dp = pr - pl
    dv = vr - vl
    u = (np.sqrt(left0) * vl + np.sqrt(right0) * vr) / weight
    h = (np.sqrt(left0) * hl + np.sqrt(right0) * hr) / weight
    u_squared = u**2
    a_squared = (gamma - 1.0) * (h - 0.5 * u_squared)
    a = np.sqrt(a_squared)
    fast, slow, back = np.abs(u + a), np.abs(u), np.abs(u)
    n = a * mixed
    c0 = (jump - dp / a_squared) * slow
    c1 = (dv + dp / n) * fast
    c2 = (dv - dp / n) * back
    sums = [
        one + other
        for one, other in zip(
            _euler_flux(left0, left1, left2, pl), _euler_flux(right0, right1, right2, pr), strict=True
        )
    ]
    c = 0.5 * mixed / a
    waves = (
        c0 + c * c1 - c * c2,
        c0 * u + c * c1 * (u + a) - c * c2 * (u - a),
        c0 * 0.5 * u_squared + c * c1 * (h + u * a) - c * c2 * (h - u * a),
    )
    return tuple(0.5 * (total - wave) for total, wave in zip(sums, waves, strict=True))


def _sin_of_sum(a, b):
    return np.cos(a) * np.sin(b) + np.sin(a) * np.cos(b)


def _cos_of_sum(a, b):
    return np.cos(a) * np.cos(b) - np.sin(a) * np.sin(b)


def robot_arm(t1, t2, t3, t4, t5, t6):
    """Position and Tait-Bryan angles of the tool of an arm with six joints at the angles t."""
    a1, a2, a3, d1, d4, d6 = 175.0, 890.0, 50.0, 575.0, 1035.0, 185.0
    c1, c2, c4, c5, c6 = (np.cos(t) for t in (t1, t2, t4, t5, t6))
    c23 = _cos_of_sum(t2, t3)
    s1, s2, s4, s5, s6 = (np.sin(t) for t in (t1, t2, t4, t5, t6))
    s23 = _sin_of_sum(t2, t3)
    ax = s5 * (c1 * c23 * c4 + s1 * s4) + c1 * s23 * c5
    ay = s5 * (s1 * c23 * c4 - c1 * s4) + s1 * s23 * c5
    az = s23 * c4 * s5 - c23 * c5
    nz = c6 * (c23 * s5 + s23 * c4 * c5) - s23 * s4 * s6
    oz = -s6 * (c23 * s5 + s23 * c4 * c5) - s23 * s4 * c6
    angles = np.arctan2(ay, ax), np.arctan2(np.sqrt(1.0 - az**2), az), np.arctan2(oz, -nz)
    x_tool = d6 * (s5 * (c1 * c23 * c4 + s1 * s4) + c1 * s23 * c5)
    px = x_tool + c1 * (a1 + a2 * c2 + a3 * c23 + d4 * s23)
    y_tool = d6 * (s5 * (s1 * c23 * c4 + c1 * s4) + s1 * s23 * c5)
    py = y_tool + s1 * (a1 + a2 * c2 + a3 * c23 + d4 * s23)
    pz = a2 * s2 + d1 + a3 * s23 - d4 * c23 + d6 * (s23 * c4 * s5 - c23 * c5)
    return (px, py, pz, *angles)


def heart_dipole(x1, x2, x3, x4, x5, x6, x7, x8):
    """Residuals of the human heart dipole equations, all moments 1."""
    f1 = x1 + x2 - 1.0
    f2 = x3 + x4 - 1.0
    f3 = x5 * x1 + x6 * x2 - x7 * x3 - x8 * x4 - 1.0
    f4 = x7 * x1 + x8 * x2 + x5 * x3 + x6 * x4 - 1.0
    x57 = x5**2 - x7**2
    x68 = x6**2 - x8**2
    f5 = x1 * x57 - 2 * x3 * x5 * x7 + x2 * x68 - 2 * x4 * x6 * x8 - 1.0
    f6 = x3 * x57 - 2 * x1 * x5 * x7 + x4 * x68 - 2 * x2 * x6 * x8 - 1.0
    x557 = x5 * (x5**2 - 3 * x7**2)
    x775 = x7 * (x7**2 - 3 * x5**2)
    x668 = x6 * (x6**2 - 3 * x8**2)
    x886 = x8 * (x8**2 - 3 * x6**2)
    f7 = x1 * x557 + x3 * x775 + x2 * x668 + x4 * x886 - 1.0
    f8 = x3 * x557 - x1 * x775 + x4 * x668 - x2 * x886 - 1.0
    return f1, f2, f3, f4, f5, f6, f7, f8


def propane_combustion(x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, p=40.0, r=10.0):
    """Residuals of the full formulation of propane combustion in air, at pressure p and air ratio r."""
    root = np.sqrt(p / x11)
    return (
        x1 + x4 - 3.0,
        2 * x1 + x2 + x4 + x7 + x8 + x9 + 2 * x10 - r,
        2 * x2 + 2 * x5 + x6 + x7 - 8.0,
        2 * x3 + x9 - 4 * r,
        x2 * x4 - x1 * x5,
        np.sqrt(x2 * x4) - np.sqrt(x1) * root * x6,
        np.sqrt(x1 * x2) - np.sqrt(x4) * x7 * root,
        x1 - x4 * x8 * p / x11,
        x1 * np.sqrt(x3) - x4 * x9 * root,
        x1**2 - x4**2 * x10 * p / x11,
        x11 - x1 - x2 - x3 - x4 - x5 - x6 - x7 - x8 - x9 - x10,
    )


# name: function, number of inputs, published multiplications forward, reverse, best greedy, best of all
PUBLISHED = {
    "RoeFlux_1d": (roe_flux, 6, 620, 364, 344, 320),
    "RobotArm_6DOF": (robot_arm, 6, 397, 301, 221, 231),
    "HumanHeartDipole": (heart_dipole, 8, 240, 172, 148, 148),
    "PropaneCombustion": (propane_combustion, 11, 151, 90, 88, 88),
}


def at(n):
    """A point at which all of them are smooth."""
    return tuple(np.random.default_rng(n).uniform(0.5, 1.0, n))
