"""Slow, readable twins of the kernels: dense linear algebra and stage-by-stage arithmetic."""

import math

import numpy as np


def chain(down, up, out, source):
    """Contents of a chain of stages, as one dense linear system."""
    n = len(down)
    matrix = np.diag(np.asarray(down) + up + out)
    for j in range(n - 1):
        matrix[j, j + 1] -= down[j + 1]
        matrix[j + 1, j] -= up[j]
    return np.linalg.solve(matrix, source)


def hydrogen(excess, kw):
    """H+ by bisection on h - Kw/h = excess."""
    low, high = 1e-30, abs(excess) + 1.0
    for _ in range(400):
        middle = math.sqrt(low * high)
        if middle - kw / middle < excess:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)


def steady_by_time(alpha, z, load, scrub, n, m, seconds=40000, step=0.2):
    """Aqueous composition after a long explicit run of the plant's start-up from a flat profile."""
    stages = n + m
    aqueous, organic = np.full(stages, scrub), np.full(stages, load)
    aqueous[:n] += 1
    aqueous[0] -= load
    organic[-1] -= scrub
    x = np.repeat(np.asarray(z)[:, None], stages, axis=1)
    for _ in range(seconds):
        y = alpha[:, None] * x
        y /= y.sum(axis=0)
        gain = -aqueous * x - organic * y
        gain[:, 1:] += (organic * y)[:, :-1]
        gain[:, :-1] += (aqueous * x)[:, 1:]
        gain[:, n - 1] += z
        x = x + step * gain / (aqueous + organic).max()
    return x
