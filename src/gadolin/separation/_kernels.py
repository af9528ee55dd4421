"""Numba loops of the cascade solvers, shared by the levels L1 and L2. Plain-Python twins stand in the tests.

Both levels have one shape. On stage j the organic-to-aqueous ratio of element i is D_ij = K_i exp(p_i w_j) with ONE
tear variable w_j per stage, so for given w each element is a chain of stages with positive rates: up with the
organic, down with the aqueous, and out. Its balances are solved without one subtraction (elimination by rates, as
for Markov chains), so amounts are exact to rounding down to 1e-300 and always close. Newton then works on w alone:

    L1   sum_i x_ij = 1                                     w = -ln sum_k alpha_k x_k
    L2   F(l_j)^(1/3) = h_j exp(w_j)                        F(l) = (l/l_ref)^n 10^(3 a (sqrt l - sqrt l_ref))
         l_j = L_T - sum_i n_i Y_ij                         free extractant from its own balance
         h_j - Kw/h_j = Cl_j - sum_i z_i c_ij               H+ from the charge balance

Far from the answer an implicit Euler step of the plant's start-up (hold-up proportional to throughput) keeps Newton
safe; the step grows as Newton behaves, to infinity at the end.

Arrays: `[element, stage]`, stage 0 is the raffinate end. Rates are flows, so `down` is the aqueous flow leaving a
stage towards stage 0 and `up` is organic flow times D.
"""

from __future__ import annotations

import os

import numba
import numpy as np
from numba import njit

from gadolin.runs import cache_root

if not os.environ.get("NUMBA_CACHE_DIR"):  # compiled code goes to our one cache root, never beside the package
    numba.config.CACHE_DIR = str(cache_root() / "kernels")

L1, L2 = 0, 1
TINY = 1e-280


@njit(cache=True)
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
    # source seen by stage j once all stages below are eliminated, then back substitution from the top
    amount[0] = source[0]
    for j in range(1, n):
        amount[j] = source[j] + amount[j - 1] * (up[j - 1] / (low[j - 1] + up[j - 1]))
    amount[n - 1] /= low[n - 1] + up[n - 1]
    for j in range(n - 2, -1, -1):
        amount[j] = (amount[j] + down[j + 1] * amount[j + 1]) / (low[j] + up[j])


@njit(cache=True)
def chain_signed(down, up, low, source, amount):
    """Content for a source of any sign, with the rates that `chain` left in `low` (derivatives only)."""
    n = down.shape[0]
    amount[0] = source[0]
    for j in range(1, n):
        amount[j] = source[j] + amount[j - 1] * (up[j - 1] / (low[j - 1] + up[j - 1]))
    amount[n - 1] /= low[n - 1] + up[n - 1]
    for j in range(n - 2, -1, -1):
        amount[j] = (amount[j] + down[j + 1] * amount[j + 1]) / (low[j] + up[j])


@njit(cache=True)
def add_response(down, up, out, low, high, lift, per_step, weight, jacobian, ends):
    """Add weight_j d(content_j)/d(w_k) of one element to the Jacobian; `lift` = d(up content)/dw.

    A rise of w_k moves `lift_k` from stage k to stage k + 1 (out of the chain from the last), and lift_k * per_step
    into hold-up. The inverse of a chain falls off by one factor per stage on either side of its diagonal, so one
    product per entry is enough. `ends[0]`, `ends[1]` receive the response of the first and of the last stage.
    """
    n = down.shape[0]
    below = np.empty(n)  # lift_k * share that leaves downwards for good, from stage k
    above = np.empty(n)
    for k in range(n):
        below[k] = lift[k] * (low[k] / (low[k] + up[k]))
        above[k] = lift[k] if k == n - 1 else lift[k] * (high[k + 1] / (high[k + 1] + down[k + 1]))
    row = np.empty(n)  # content of stage j per unit source on stage k
    start = 0
    for j in range(n):
        if j > 0:
            fall = up[j - 1] / (high[j] + down[j])
            for k in range(start, j):
                row[k] *= fall
            while start < j and row[start] < TINY:
                start += 1
        stay = low[j] + (up[j] if j == n - 1 else up[j] * (high[j + 1] / (high[j + 1] + down[j + 1])))
        row[j] = 1.0 / stay
        for k in range(start, j):
            jacobian[j, k] += weight[j] * (below[k] * row[k + 1] - lift[k] * per_step * row[k])
        if j == n - 1:
            for k in range(start):
                ends[1, k] = 0.0
            for k in range(start, j):
                ends[1, k] = below[k] * row[k + 1] - lift[k] * per_step * row[k]
            ends[1, j] = -(above[j] + lift[j] * per_step) * row[j]
    stop = n
    for j in range(n - 1, -1, -1):
        if j < n - 1:
            fall = down[j + 1] / (low[j] + up[j])
            for k in range(j + 1, stop):
                row[k] *= fall
            while stop > j + 1 and row[stop - 1] < TINY:
                stop -= 1
        stay = low[j] + (up[j] if j == n - 1 else up[j] * (high[j + 1] / (high[j + 1] + down[j + 1])))
        row[j] = 1.0 / stay
        for k in range(j, stop):
            jacobian[j, k] -= weight[j] * (above[k] + lift[k] * per_step) * row[k]
    for k in range(stop):
        ends[0, k] = -(above[k] + lift[k] * per_step) * row[k]
    for k in range(stop, n):
        ends[0, k] = 0.0


@njit(cache=True)
def hydrogen(excess, kw):
    """H+ from h - Kw/h = excess, without cancellation. [mol/L]"""
    root = np.sqrt(excess * excess + 4.0 * kw)
    return 0.5 * (excess + root) if excess > 0.0 else 2.0 * kw / (root - excess)


@njit(cache=True)
def activity(free, law):
    """F(l)^(1/3) of the extractant and its slope; below a billionth of l_ref it goes on as a straight line.

    `law` holds l_ref [mol/L], order n [-] and the coefficient a of the square-root term [-].
    """
    reference, order, root = law[0], law[1], law[2]
    floor = 1e-9 * reference
    held = free if free > floor else floor
    value = (held / reference) ** (order / 3.0) * 10.0 ** (root * (np.sqrt(held) - np.sqrt(reference)))
    slope = value * (order / (3.0 * held) + root * np.log(10.0) * 0.5 / np.sqrt(held))
    return value + slope * (free - held), slope


@njit(cache=True)
def contents(level_k, power, w, aqueous, organic, draw_a, draw_o, source, held, per_step, c, d, low, high):
    """Content of every element on every stage for given w; fills c, d (ratios D), low and high."""
    elements, n = source.shape
    up, out, enters = np.empty(n), np.empty(n), np.empty(n)
    for i in range(elements):
        for j in range(n):
            d[i, j] = level_k[i] * np.exp(power[i] * w[j])
            up[j] = organic[j] * d[i, j]
            out[j] = draw_a[j] + draw_o[j] * d[i, j] + per_step * (aqueous[j] + up[j])
            enters[j] = source[i, j] + per_step * held[i, j]
        chain(aqueous, up, out, enters, c[i], low[i], high[i])


@njit(cache=True)
def local_balance(kind, w, c, d, protons, dimers, chloride, kw, total, law, power, g, by_w, by_c):
    """The one equation per stage that fixes w: residual g (scaled), its slope in w, its slopes in the contents."""
    elements, n = c.shape
    for j in range(n):
        if kind == L1:
            s = 0.0
            for i in range(elements):
                s += c[i, j]
                by_c[i, j] = 1.0
            g[j] = s - 1.0
            by_w[j] = 0.0
        else:
            excess, free, turned = chloride[j], total, 0.0
            for i in range(elements):
                loaded = dimers[i] * d[i, j] * c[i, j]
                excess -= protons[i] * c[i, j]
                free -= loaded
                turned += loaded * power[i]
            h = hydrogen(excess, kw)
            value, slope = activity(free, law)
            scale = max(abs(value), 1e-3 * activity(total, law)[0])
            e = np.exp(w[j])
            steep = h / np.sqrt(excess * excess + 4.0 * kw)  # dh/d(excess)
            g[j] = (value - h * e) / scale
            by_w[j] = (-slope * turned - h * e) / scale
            for i in range(elements):
                by_c[i, j] = (-slope * dimers[i] * d[i, j] + protons[i] * steep * e) / scale


@njit(cache=True)
def newton_step(kind, level_k, power, w, aqueous, organic, draw_a, draw_o, source, held, per_step, acid, wish, c, work):
    """One Newton step on contents c, tear variables w and, with a wish, the load S at fixed product flows (level L1).

    The contents stay unknowns of their own: solved away for given w they would be products over all stages, and
    Newton would see a far steeper problem. `wish` = (weights, targets): weights [raffinate and organic product,
    element] whose sum over the products must have the logarithm targets[0]; empty targets leave the load alone.
    Fills `work` = (contents of the given w, ratios D, step in c, step in w and load) and returns the scaled residual
    of balances and local equations, and how far the wish is missed.
    """
    settled, d, dc, dw = work
    protons, dimers, chloride, scalars = acid
    weights, targets = wish
    elements, n = source.shape
    extra = targets.shape[0]
    low, high = np.empty((elements, n)), np.empty((elements, n))
    contents(level_k, power, w, aqueous, organic, draw_a, draw_o, source, held, per_step, settled, d, low, high)
    g, by_w, by_c = np.empty(n), np.empty(n), np.empty((elements, n))
    local_balance(kind, w, c, d, protons, dimers, chloride, scalars[0], scalars[1], scalars[2:], power, g, by_w, by_c)
    worst = np.max(np.abs(g))
    jacobian, ends = np.zeros((n + extra, n + extra)), np.zeros((2, n + extra))
    up, out, lift, moved = np.empty(n), np.empty(n), np.empty((elements, n)), np.empty(n)
    through, rhs = np.zeros(n), np.zeros(n + extra)
    response = np.zeros((extra, elements, n))
    sought, slope = 0.0, np.zeros(n + extra)
    for i in range(elements):
        for j in range(n):
            through[j] += abs((aqueous[j] + organic[j] * d[i, j]) * c[i, j])
    for i in range(elements):
        for j in range(n):
            up[j] = organic[j] * d[i, j]
            lift[i, j] = power[i] * up[j] * c[i, j]
            out[j] = draw_a[j] + draw_o[j] * d[i, j] + per_step * (aqueous[j] + up[j])
            g[j] += by_c[i, j] * (settled[i, j] - c[i, j])
        for j in range(n):
            rest = (aqueous[j] + up[j] + out[j]) * (settled[i, j] - c[i, j])
            if j > 0:
                rest -= up[j - 1] * (settled[i, j - 1] - c[i, j - 1])
            if j < n - 1:
                rest -= aqueous[j + 1] * (settled[i, j + 1] - c[i, j + 1])
            worst = max(worst, abs(rest) / through[j])
        add_response(aqueous, up, out, low[i], high[i], lift[i], per_step, by_c[i], jacobian, ends)
        if extra > 0:
            for j in range(n):  # what a unit more of S and W brings to stage j, the products being fixed
                moved[j] = (d[i, j - 1] * c[i, j - 1] - c[i, j]) if j > 0 else 0.0
                moved[j] += (c[i, j + 1] - d[i, j] * c[i, j]) if j < n - 1 else 0.0
            chain_signed(aqueous, up, low[i], moved, response[0, i])
            for j in range(n):
                jacobian[j, n] += by_c[i, j] * response[0, i, j]
            ends[0, n], ends[1, n] = response[0, i, 0], response[0, i, n - 1]
            sought += weights[0, i] * aqueous[0] * settled[i, 0] + weights[1, i] * up[n - 1] * settled[i, n - 1]
            slope[n - 1] += weights[1, i] * lift[i, n - 1]
            for k in range(n + 1):
                slope[k] += weights[0, i] * aqueous[0] * ends[0, k] + weights[1, i] * up[n - 1] * ends[1, k]
    for j in range(n):
        jacobian[j, j] += by_w[j]
        rhs[j] = -g[j]
    missed = 0.0
    if extra > 0:
        missed = np.log(sought) - targets[0]
        rhs[n] = -min(max(missed, -2.0), 2.0)
        for k in range(n + 1):
            jacobian[n, k] = slope[k] / sought
    dw[:] = np.linalg.solve(jacobian, rhs)
    for i in range(elements):
        for j in range(n):
            up[j] = organic[j] * d[i, j]
            moved[j] = -lift[i, j] * (1.0 + per_step) * dw[j]
            if j > 0:
                moved[j] += lift[i, j - 1] * dw[j - 1]
        chain_signed(aqueous, up, low[i], moved, dc[i])
        for j in range(n):
            dc[i, j] += settled[i, j] - c[i, j]
            for s in range(extra):
                dc[i, j] += response[s, i, j] * dw[n + s]
    return worst, missed


@njit(cache=True)
def march(kind, level_k, power, w, aqueous, organic, draw_a, draw_o, source, c, step, acid, tolerance, limit):
    """Bring contents c and tear variables w (both changed in place) to steady state at fixed flows.

    `step` is the first step of time in units of hold-up over throughput; infinity tries plain Newton at once.
    A step is kept when Newton's moves shrink below 0.05; the quicker they shrink, the more the next step grows.
    Returns the scaled residual at the end and the number of Newton steps used.
    """
    elements, n = source.shape
    shape = (elements, n)
    settled, d, dc, dw = np.empty(shape), np.empty(shape), np.empty(shape), np.empty(n)
    low, high, held = np.empty(shape), np.empty(shape), np.empty(shape)
    work = (settled, d, dc, dw)
    wish = (np.zeros((2, elements)), np.zeros(0))
    used, worst = 0, np.inf
    tw, tc, moves = w.copy(), c.copy(), np.empty(64)
    per_step = 0.0 if step == np.inf else 1.0 / step
    while used < limit and per_step < 1e5:
        tw[:] = w
        tc[:] = c
        for i in range(elements):
            for j in range(n):
                held[i, j] = (aqueous[j] + organic[j] * level_k[i] * np.exp(power[i] * w[j])) * c[i, j]
        good, turns, most = False, 0, (14 if per_step > 0.0 else 40)
        while turns < most and used < limit:
            worst = newton_step(
                kind, level_k, power, tw, aqueous, organic, draw_a, draw_o, source, held, per_step, acid, wish, tc, work
            )[0]
            move = np.max(np.abs(dw))
            moves[turns] = move
            used += 1
            turns += 1
            if not (np.isfinite(worst) and np.isfinite(move)):
                break
            near = move < 0.05 and (kind == L1 or worst < 1e-4)  # L1 states are made consistent below
            good = worst < tolerance or (per_step > 0.0 and near)
            if good:
                break
            if worst > 1e-9 and turns > 1 and move > moves[turns - 2]:
                break
            if worst > 1e-9 and turns > 4 and move > 0.5 * moves[turns - 4]:
                break
            share = 1.0 if move < 4.0 else 4.0 / move
            for j in range(n):
                tw[j] += share * dw[j]
            for i in range(elements):
                for j in range(n):
                    tc[i, j] += share * dc[i, j]
        if good and per_step == 0.0:
            w[:] = tw
            c[:] = settled
            return worst, used
        if good:
            for j in range(n):
                w[j] = tw[j] + dw[j]
            contents(level_k, power, w, aqueous, organic, draw_a, draw_o, source, held, per_step, c, d, low, high)
            if kind == L1:
                for j in range(n):
                    total, drawn = 0.0, 0.0
                    for i in range(elements):
                        total += c[i, j]
                        drawn += level_k[i] * c[i, j]
                    for i in range(elements):
                        c[i, j] /= total
                    w[j] = -np.log(drawn / total)
            per_step = per_step / (10.0 if turns <= 3 else (5.0 if turns <= 5 else 2.5))
            if per_step < 1e-9:
                per_step = 0.0
        else:
            per_step = max(per_step * 4.0, 1e-8)
    return worst, used
