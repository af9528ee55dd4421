"""Slow, readable twins of the kernels: dense linear algebra and stage-by-stage arithmetic."""

import numpy as np


def chain(down, up, out, source):
    """Contents of a chain of stages, as one dense linear system."""
    n = len(down)
    matrix = np.diag(np.asarray(down) + up + out)
    for j in range(n - 1):
        matrix[j, j + 1] -= down[j + 1]
        matrix[j + 1, j] -= up[j]
    return np.linalg.solve(matrix, source)


def response(down, up, out, moves, per_step, weight):
    """weight_j d(content_j)/d(w_k): w_k moves lift_k up (and per_step into hold-up), drop_k down, leak_k out."""
    n, (lift, drop, leak) = len(down), moves
    moved = -np.diag(lift * (1 + per_step) + drop + leak)
    moved[np.arange(1, n), np.arange(n - 1)] += lift[:-1]
    moved[np.arange(n - 1), np.arange(1, n)] += drop[1:]
    return np.diag(weight) @ np.array([chain(down, up, out, column) for column in moved.T]).T


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


def cascade(alpha, source, flows, x):
    """Aqueous composition from dense systems, the ratios taken from a profile x; a solved x gives itself."""
    aqueous, organic, draw_a, draw_o, carried, fallen = flows
    sigma = np.asarray(alpha) @ x
    found = []
    for factor, enters in zip(alpha, source, strict=True):
        d = factor / sigma
        found.append(chain(aqueous + fallen * d, organic * d + carried, draw_a + draw_o * d, enters))
    return np.array(found)
