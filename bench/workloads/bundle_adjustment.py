"""ADBench's bundle adjustment: 15 inputs against 2 outputs, many times over."""

import numpy as np

from . import _adbench
from ._workload import Array, Workload, at_least

INPUTS = 15  # rotation 3, centre 3, focal length, principal point 2, radial distortion 2, point 3, weight


def bundle_adjustment(observations: int = 1, instance: str = "ba1_n49_m7776_p31843") -> Workload:
    """Weighted reprojection errors of `observations` observations, n = 15 and m = 2 for each.

    The inputs of observation i are ``x.reshape(15, observations)[:, i]``, the outputs likewise. The residual
    is that of Šrajer, Kukelova and Fitzgibbon (2018). An ADBench file gives one observation; the further
    ones see the point from slightly turned cameras, so that no two have the same derivatives.
    """
    at_least("observations", observations, 1)
    data = _adbench.numbers(instance)[3:]
    measured = data[15:17, None]
    x = np.repeat(data[:INPUTS, None], observations, axis=1)
    x[:3] += 1e-3 * np.arange(observations)
    x = x.ravel()

    def f(x):
        x = np.reshape(x, (INPUTS, observations))
        r, t, distortion = x[0:3], x[11:14] - x[3:6], x[9:11]
        angle = np.sqrt(np.sum(r * r, axis=0))
        v = r / angle
        cos, sin = np.cos(angle), np.sin(angle)
        cross = np.stack([v[1] * t[2] - v[2] * t[1], v[2] * t[0] - v[0] * t[2], v[0] * t[1] - v[1] * t[0]])
        turned = t * cos + cross * sin + v * (np.sum(v * t, axis=0) * (1.0 - cos))  # Rodrigues
        image = turned[:2] / turned[2]
        radius = np.sum(image * image, axis=0)
        image = image * (1.0 + distortion[0] * radius + distortion[1] * radius * radius)
        return np.reshape(x[14] * (image * x[6] + x[7:9] - measured), (2 * observations,))

    def jacobian() -> Array:
        J = np.zeros((2, observations, INPUTS, observations))
        for i, column in enumerate(x.reshape(INPUTS, observations).T):
            J[:, i, :, i] = _one_observation(column, measured[:, 0])
        return J.reshape(2 * observations, INPUTS * observations)

    return Workload("bundle-adjustment", f, x, jacobian, {"observations": observations, "instance": instance})


def _one_observation(x: Array, measured: Array) -> Array:
    """Return the 2 × 15 Jacobian of one reprojection error, by the chain rule on paper."""
    r, t, focal, centre, (k1, k2), weight = x[0:3], x[11:14] - x[3:6], x[6], x[7:9], x[9:11], x[14]
    angle = np.sqrt(r @ r)
    v, cos, sin, eye = r / angle, np.cos(angle), np.sin(angle), np.eye(3)

    turned = t * cos + np.cross(v, t) * sin + v * (v @ t) * (1 - cos)
    by_point = cos * eye + sin * _cross_matrix(v) + (1 - cos) * np.outer(v, v)
    by_angle = -t * sin + np.cross(v, t) * cos + v * (v @ t) * sin
    by_axis = -sin * _cross_matrix(t) + (1 - cos) * ((v @ t) * eye + np.outer(v, t))
    by_rotation = np.outer(by_angle, v) + by_axis @ (eye - np.outer(v, v)) / angle

    q = turned[:2] / turned[2]
    radius = q @ q
    factor = 1 + k1 * radius + k2 * radius**2
    by_turned = np.hstack([np.eye(2), -q[:, None]]) / turned[2]
    by_q = factor * np.eye(2) + (2 * k1 + 4 * k2 * radius) * np.outer(q, q)
    through = weight * focal * by_q @ by_turned

    J = np.empty((2, INPUTS))
    J[:, 0:3], J[:, 3:6], J[:, 11:14] = through @ by_rotation, -through @ by_point, through @ by_point
    J[:, 6], J[:, 7:9] = weight * q * factor, weight * np.eye(2)
    J[:, 9], J[:, 10] = weight * focal * q * radius, weight * focal * q * radius**2
    J[:, 14] = q * factor * focal + centre - measured
    return J


def _cross_matrix(v: Array) -> Array:
    """Return the matrix of w ↦ v × w."""
    return np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
