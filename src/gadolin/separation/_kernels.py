"""Linear algebra of cascades in numba: chains of stages, and what is left for the tear variables of all elements.

For given ratios D_ij = organic over aqueous each element is a chain of stages with positive rates: up with the
organic, down with the aqueous, and out. Its balances are solved without one subtraction (elimination by rates, as
for Markov chains), so amounts are exact to rounding down to 1e-300 and always close.

The response of a chain to its ratios is a semiseparable matrix: its entries fall off by one factor per stage on either
side of the diagonal. The sum of one diagonal and one such matrix per element is factored stage by stage with a table
[element, element] as its memory, so it costs stages x elements^2, not stages^3 or stages x elements^3.

Arrays: `[element, stage]`, stage 0 is the raffinate end. Rates are flows: `down` is the aqueous flow leaving a stage
towards stage 0, `up` the organic flow times D, each with the entrained drops of the other phase. Plain-Python twins
stand in the tests.
"""

from __future__ import annotations

import os

import numba
import numpy as np
from numba import njit

from gadolin.runs import cache_root

if not os.environ.get("NUMBA_CACHE_DIR"):  # compiled code goes to our one cache root, never beside the package
    numba.config.CACHE_DIR = str(cache_root() / "kernels")

TINY = 1e-280
"""An amount below is taken as nothing when responses are formed (not in the amounts themselves)."""


@njit(cache=True, error_model="numpy")
def chain(down, up, out, source, amount, low, high):
    """Contents of one chain of stages: down_j, up_j, out_j are rates per content, source_j enters.

    Fills `amount` with the content of each stage, `low[j]` with the rate at which what is on stage j leaves for good
    downwards or out below and at j, `high[j]` the same upwards. No subtraction occurs.
    """
    n = down.shape[0]
    low[0] = down[0] + out[0]
    for j in range(1, n):
        low[j] = out[j] + down[j] * (low[j - 1] / (low[j - 1] + up[j - 1]))
    high[n - 1] = up[n - 1] + out[n - 1]
    for j in range(n - 2, -1, -1):
        high[j] = out[j] + up[j] * (high[j + 1] / (high[j + 1] + down[j + 1]))
    chain_signed(down, up, low, source, amount)


@njit(cache=True, error_model="numpy")
def chain_signed(down, up, low, source, amount):
    """Content for a source of any sign, with the rates that `chain` left in `low`.

    Source seen by stage j once all stages below are eliminated, then back substitution from the top.
    """
    n = down.shape[0]
    amount[0] = source[0]
    for j in range(1, n):
        amount[j] = source[j] + amount[j - 1] * (up[j - 1] / (low[j - 1] + up[j - 1]))
    amount[n - 1] /= low[n - 1] + up[n - 1]
    for j in range(n - 2, -1, -1):
        amount[j] = (amount[j] + down[j + 1] * amount[j + 1]) / (low[j] + up[j])


@njit(cache=True, error_model="numpy")
def generators(down, up, low, high, settled, moves, per_step, weight, form, diagonal):
    """Semiseparable form of weight_j d(content_j)/d(w_k) of one element.

    `moves` = (lift, drop, leak): d(what leaves a stage upward, downward, with a draw)/dw.
    A rise of w_k moves `lift_k` from stage k to stage k + 1 (out of the chain from the last) with lift_k * per_step
    into hold-up, `drop_k` from stage k to k - 1 (out of the chain from the first), and `leak_k` out. Entries are
    p_j f_j ... f_(k+2) q_k below the diagonal and p_j b_j ... b_(k-1) h_k on and above it; what of `drop` the diagonal
    has beyond that is added to `diagonal`. All is scaled by the contents `settled`, so each factor is of order one,
    however small a trace.
    """
    n = down.shape[0]
    p, q, f, b, h = form[0], form[1], form[2], form[3], form[4]
    lift, drop, leak = moves[0], moves[1], moves[2]
    for j in range(n):
        here = settled[j]
        there = here > TINY
        p[j] = weight[j] * here if there else 0.0
        leaves_up = up[j] if j == n - 1 else up[j] * (high[j + 1] / (high[j + 1] + down[j + 1]))
        stay = 1.0 / (low[j] + leaves_up)
        f[j] = up[j - 1] / (high[j] + down[j]) * (settled[j - 1] / here) if j > 0 and there else 0.0
        share = 1.0 if j == n - 1 else high[j + 1] / (high[j + 1] + down[j + 1])
        fallen = 1.0 if j == 0 else low[j - 1] / (low[j - 1] + up[j - 1])
        h[j] = -(lift[j] / here) * (share + per_step) * stay if there else 0.0
        b[j], q[j] = 0.0, 0.0
        if there:
            h[j] -= (leak[j] / here) * stay
        if there and drop[j] > 0.0:
            back = high[j] / down[j]
            h[j] += (drop[j] / here) * back * stay
            diagonal[j] -= weight[j] * drop[j] * (back + fallen) * stay
        if j < n - 1 and settled[j + 1] > TINY:
            after = settled[j + 1]
            b[j] = down[j + 1] / (low[j] + up[j]) * (after / here) if there else 0.0
            next_up = up[j + 1] if j == n - 2 else up[j + 1] * (high[j + 2] / (high[j + 2] + down[j + 2]))
            next_stay = 1.0 / (low[j + 1] + next_up)
            fall = up[j] / (high[j + 1] + down[j + 1])
            q[j] = (lift[j] / after) * (low[j] / (low[j] + up[j]) * next_stay - per_step * fall * stay)
            q[j] -= (drop[j] * fallen + leak[j]) / after * fall * stay


@njit(cache=True, error_model="numpy")
def solve_semiseparable(diagonal, form, right):
    """Solve (diag + sum over elements of semiseparable matrices) x = right, in place, for several right sides.

    `form` = generators p, q, f, b, h `[stage, element]`, right sides `[which, stage]`. Elimination stage by stage;
    `memory` holds what the stages eliminated so far do to the rest.
    """
    p, q, f, b, h = form[0], form[1], form[2], form[3], form[4]
    n, elements = p.shape
    count = right.shape[0]
    memory = np.zeros((elements, elements))
    carry = np.zeros((count, elements))
    kept = np.empty((n, elements))  # row of the upper factor, p_j less what was eliminated
    pivots = np.empty(n)
    u = np.empty(elements)
    for j in range(n):
        pivot = diagonal[j]
        for i in range(elements):
            u[i] = 0.0
            kept[j, i] = p[j, i]
        for i in range(elements):
            pi = p[j, i]
            total = 0.0
            for k in range(elements):
                total += memory[i, k] * h[j, k]
                kept[j, k] -= pi * memory[i, k]
            u[i] = total
            pivot += pi * (h[j, i] - total)
        pivots[j] = pivot
        for s in range(count):
            rest = right[s, j]
            for i in range(elements):
                rest -= p[j, i] * carry[s, i]
            right[s, j] = rest
        if j == n - 1:
            break
        for i in range(elements):
            fall = f[j + 1, i]
            gain = (q[j, i] - fall * u[i]) / pivot
            for k in range(elements):
                memory[i, k] = b[j, k] * (fall * memory[i, k] + gain * kept[j, k])
            for s in range(count):
                carry[s, i] = fall * carry[s, i] + gain * right[s, j]
    later = np.empty(elements)
    for s in range(count):
        for i in range(elements):
            later[i] = 0.0
        for j in range(n - 1, -1, -1):
            rest = right[s, j]
            for i in range(elements):
                later[i] *= b[j, i]
                rest -= kept[j, i] * later[i]
            right[s, j] = rest / pivots[j]
            for i in range(elements):
                later[i] += h[j, i] * right[s, j]
