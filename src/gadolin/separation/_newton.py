"""One step of Newton for both levels of a cascade, in numba; the march to steady state is in `marching.py`.

On stage j the organic-to-aqueous ratio of element i is D_ij = K_i exp(p_i w_j) with ONE tear variable w_j per stage, so
for given w each element is one chain (`_kernels.py`). One more equation per stage fixes w:

    L1   sum_i x_ij = 1                                 then w = -ln sum_k alpha_k x_k
    L2   Cl_j - sum_i z_i c_ij = h_j - Kw/h_j           charge balance, with H+ from mass action
         h_j = t F(l_j)^(1/3) exp(-w_j)                 F(l) = (l/l_ref)^n 10^(3 a (sqrt l - sqrt l_ref))
         l_j = L_T - sum_i n_i D_ij c_ij                free extractant from its own balance

t = 1; at t = 0 no acid stays free and L2 is L1, which makes t the way from one to the other. Newton takes contents and
w together and, where one or two products are specified, as many flows.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gadolin.separation._kernels import chain, chain_signed, generators, solve_semiseparable

L1, L2 = 0, 1
LEAST_ACID = 1e-15
"""Below this H+ the hydroxide term goes on as a constant, so that stray iterates stay finite. [mol/L]"""


@njit(cache=True, error_model="numpy")
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


@njit(cache=True, error_model="numpy")
def rates(flows, d, per_step, down, up, out):
    """Rates per content of one element at ratios d: down, up, out of the chain.

    `flows` = (aqueous, organic, aqueous draws, organic draws, aqueous entrained up, organic entrained down). Hold-up is
    that of both phases as they leave, so it is proportional to throughput.
    """
    aqueous, organic, draw_a, draw_o, back_a, back_o = flows
    for j in range(d.shape[0]):
        lifted = organic[j] * d[j]
        down[j] = aqueous[j] + back_o[j] * d[j]
        up[j] = lifted + back_a[j]
        out[j] = draw_a[j] + draw_o[j] * d[j] + per_step * (aqueous[j] + lifted)


@njit(cache=True, error_model="numpy")
def contents(level_k, power, w, flows, source, held, per_step, c, d, low, high):
    """Content of every element on every stage for given w; fills c, d (ratios D), low and high."""
    elements, n = source.shape
    down, up, out, enters = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for i in range(elements):
        for j in range(n):
            d[i, j] = level_k[i] * np.exp(power[i] * w[j])
            enters[j] = source[i, j] + per_step * held[i, j]
        rates(flows, d[i], per_step, down, up, out)
        chain(down, up, out, enters, c[i], low[i], high[i])


@njit(cache=True, error_model="numpy")
def local_balance(kind, w, c, d, acid, power, g, by_w, by_c):
    """The one equation per stage that fixes w: residual g (scaled), its slope in w, its slopes in the contents.

    `acid` = (protons, dimers bound, chloride per stage, (kw, L_T, l_ref, order, root, weight of the free acid)).
    """
    protons, dimers, chloride, scalars = acid
    kw, total, law, weight = scalars[0], scalars[1], scalars[2:5], scalars[5]
    elements, n = c.shape
    for j in range(n):
        if kind == L1:
            s = 0.0
            for i in range(elements):
                s += c[i, j]
                by_c[i, j] = 1.0
            g[j] = s - 1.0
            by_w[j] = 0.0
            continue
        excess, free, turned = chloride[j], total, 0.0
        for i in range(elements):
            loaded = dimers[i] * d[i, j] * c[i, j]
            excess -= protons[i] * c[i, j]
            free -= loaded
            turned += loaded * power[i]
        value, slope = activity(free, law)
        spread = weight * np.exp(-w[j])
        h = value * spread
        steep = slope * spread
        hydroxide, more = kw / max(h, LEAST_ACID), 1.0
        if h > LEAST_ACID:
            more += kw / (h * h)
        scale = 1.0 / max(chloride[j], 1e-6)
        g[j] = (excess - h + hydroxide) * scale
        by_w[j] = (steep * turned + h) * more * scale
        for i in range(elements):
            by_c[i, j] = (steep * more * dimers[i] * d[i, j] - protons[i]) * scale


@njit(cache=True, error_model="numpy")
def newton_step(kind, level_k, power, w, flows, source, held, per_step, acid, freed, wish, c, work):
    """One Newton step on contents c, tear variables w and, for every wish, one flow.

    The contents stay unknowns of their own: solved away for given w they would be products over all stages, and
    Newton would see a far steeper problem.

    `freed` = changes, per unit of each free flow, of (aqueous, organic, source, chloride, entrained up and down).
    `wish` = (above, under, sides, targets): ln(sum above_i n_i) - ln(sum under_i n_i) = target, amounts n_i taken
    from the raffinate (side 0), the organic product (1), all but the raffinate (2) or all but the organic product
    (3); two of them, one, or none and the flows stay.
    Fills `work` = (contents of the given w, ratios D, step in c, step in w, step in the free flows) and returns the
    scaled residual of balances and local equations, and how far the wishes are missed.
    """
    settled, d, dc, dw, dflow = work
    aqueous, organic, draw_o, back_o = flows[0], flows[1], flows[3], flows[5]
    more_a, more_o, enters, richer, more_up, more_down = freed
    elements, n = source.shape
    extra = wish[3].shape[0]
    low, high = np.empty((elements, n)), np.empty((elements, n))
    contents(level_k, power, w, flows, source, held, per_step, settled, d, low, high)
    g, by_w, by_c = np.empty(n), np.empty(n), np.empty((elements, n))
    local_balance(kind, w, c, d, acid, power, g, by_w, by_c)
    worst, stray = 0.0, 0.0  # `stray` stays 0 unless a number is not finite, which no comparison would tell
    right = np.zeros((1 + extra, n))
    form = np.empty((5, n, elements))
    down, up, out, moved = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    moves = np.empty((elements, 3, n))  # slopes in w of what leaves each stage upward, downward, with a draw
    through = np.zeros(n)
    response = np.zeros((extra, elements, n))
    for j in range(n):
        worst = max(worst, abs(g[j]))
        stray += 0.0 * g[j]
        for i in range(elements):
            through[j] += abs((aqueous[j] + organic[j] * d[i, j]) * c[i, j])
            g[j] += by_c[i, j] * (settled[i, j] - c[i, j])
        right[0, j] = -g[j]
    for s in range(extra):
        for j in range(n):
            if kind == L2:
                right[1 + s, j] = -richer[s, j] / max(acid[2][j], 1e-6)
    for i in range(elements):
        rates(flows, d[i], per_step, down, up, out)
        for j in range(n):
            moves[i, 0, j] = power[i] * (organic[j] * d[i, j]) * c[i, j]
            moves[i, 1, j] = power[i] * (back_o[j] * d[i, j]) * c[i, j]
            moves[i, 2, j] = power[i] * (draw_o[j] * d[i, j]) * c[i, j]
        for j in range(n):
            rest = (down[j] + up[j] + out[j]) * (settled[i, j] - c[i, j])
            if j > 0:
                rest -= up[j - 1] * (settled[i, j - 1] - c[i, j - 1])
            if j < n - 1:
                rest -= down[j + 1] * (settled[i, j + 1] - c[i, j + 1])
            worst = max(worst, abs(rest) / through[j])
            stray += 0.0 * rest
        generators(down, up, low[i], high[i], settled[i], moves[i], per_step, by_c[i], form[:, :, i], by_w)
        for s in range(extra):
            for j in range(n):
                moved[j] = enters[s, i, j]
                moved[j] -= (more_a[s, j] + more_up[s, j] + (more_o[s, j] + more_down[s, j]) * d[i, j]) * c[i, j]
                if j > 0:
                    moved[j] += (more_o[s, j - 1] * d[i, j - 1] + more_up[s, j - 1]) * c[i, j - 1]
                if j < n - 1:
                    moved[j] += (more_a[s, j + 1] + more_down[s, j + 1] * d[i, j + 1]) * c[i, j + 1]
            chain_signed(down, up, low[i], moved, response[s, i])
            for j in range(n):
                right[1 + s, j] -= by_c[i, j] * response[s, i, j]
    solve_semiseparable(by_w, form, right)
    missed = 0.0
    if extra > 0:
        missed = choose_flows(flows, d, settled, c, (moves, low), right, response, freed, wish, dflow)
    for j in range(n):
        dw[j] = right[0, j]
        for s in range(extra):
            dw[j] += right[1 + s, j] * dflow[s]
    for i in range(elements):
        rates(flows, d[i], per_step, down, up, out)
        for j in range(n):
            moved[j] = -(moves[i, 0, j] * (1.0 + per_step) + moves[i, 1, j] + moves[i, 2, j]) * dw[j]
            if j > 0:
                moved[j] += moves[i, 0, j - 1] * dw[j - 1]
            if j < n - 1:
                moved[j] += moves[i, 1, j + 1] * dw[j + 1]
        chain_signed(down, up, low[i], moved, dc[i])
        for j in range(n):
            dc[i, j] += settled[i, j] - c[i, j]
            for s in range(extra):
                dc[i, j] += response[s, i, j] * dflow[s]
    return worst + stray, missed


@njit(cache=True, error_model="numpy")
def choose_flows(flows, d, settled, c, slopes, right, response, freed, wish, dflow):
    """Step in the free flows that meets the wishes to first order; returns how far the worst is missed.

    `slopes` = (moves, low) of every element.
    """
    above, under, sides, targets = wish
    moves, low = slopes
    more_a, more_o, enters, _, more_up, more_down = freed
    elements, n = settled.shape
    extra = targets.shape[0]
    amount = np.zeros((4, elements))
    slope = np.zeros((1 + extra, 4, elements))  # what the steps for right side k do to the amounts
    down, up, out, moved, change = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for i in range(elements):
        rates(flows, d[i], 0.0, down, up, out)
        amount[0, i] = down[0] * settled[i, 0]
        amount[1, i] = up[n - 1] * settled[i, n - 1]
        drawn = 0.0
        for j in range(n):
            drawn += out[j] * settled[i, j]
        amount[2, i], amount[3, i] = amount[1, i] + drawn, amount[0, i] + drawn
        for k in range(1 + extra):
            for j in range(n):
                moved[j] = -(moves[i, 0, j] + moves[i, 1, j] + moves[i, 2, j]) * right[k, j]
                if j > 0:
                    moved[j] += moves[i, 0, j - 1] * right[k, j - 1]
                if j < n - 1:
                    moved[j] += moves[i, 1, j + 1] * right[k, j + 1]
            chain_signed(down, up, low[i], moved, change)
            slope[k, 0, i] = down[0] * change[0] + moves[i, 1, 0] * right[k, 0]
            slope[k, 1, i] = up[n - 1] * change[n - 1] + moves[i, 0, n - 1] * right[k, n - 1]
            more = 0.0
            if k > 0:
                s = k - 1
                slope[k, 0, i] += down[0] * response[s, i, 0]
                slope[k, 0, i] += (more_a[s, 0] + more_down[s, 0] * d[i, 0]) * c[i, 0]
                slope[k, 1, i] += up[n - 1] * response[s, i, n - 1]
                slope[k, 1, i] += (more_o[s, n - 1] * d[i, n - 1] + more_up[s, n - 1]) * c[i, n - 1]
                for j in range(n):
                    more += enters[s, i, j]
            slope[k, 2, i], slope[k, 3, i] = more - slope[k, 0, i], more - slope[k, 1, i]
    matrix, rest, worst = np.zeros((extra, extra)), np.zeros(extra), 0.0
    for r in range(extra):
        over, below = 0.0, 0.0
        for i in range(elements):
            over += above[r, i] * amount[sides[r, 0], i]
            below += under[r, i] * amount[sides[r, 1], i]
        gap = np.log(over / below) - targets[r]
        worst = max(worst, abs(gap))
        rest[r] = -min(max(gap, -2.0), 2.0)
        for i in range(elements):
            a, u = above[r, i] / over, under[r, i] / below
            rest[r] -= a * slope[0, sides[r, 0], i] - u * slope[0, sides[r, 1], i]
            for s in range(extra):
                matrix[r, s] += a * slope[1 + s, sides[r, 0], i] - u * slope[1 + s, sides[r, 1], i]
    if extra == 1:
        dflow[0] = rest[0] / matrix[0, 0]
        return worst
    pivot = matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]
    dflow[0] = (rest[0] * matrix[1, 1] - rest[1] * matrix[0, 1]) / pivot
    dflow[1] = (rest[1] * matrix[0, 0] - rest[0] * matrix[1, 0]) / pivot
    return worst
