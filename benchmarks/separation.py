"""Separation: cascades cold and warm, with acid and base, sequences, a whole plant, and 200 draws of the factors.

Factors are the chain of P507 (central values) as published in the atlas; the feeds are made up. Cold means nothing
cached but compiled kernels, so each row solves once before it is timed.
"""

import itertools
import time

import numpy as np

from benchmarks.rows import Row

BETA = [6.8, 2.03, 1.55, 8, 2, 1.46, 2.8, 2.7, 1.68, 1.87, 1.5, 2.9, 2.7, 1.5]
SYMBOLS = ["La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Y", "Er", "Tm", "Yb", "Lu"]
SHARE = [25, 8, 7, 25, 5, 1, 5, 1, 5, 1, 13, 2, 0.5, 1, 0.5]
CUT = 4  # after Nd


def circuit(stages, share=1.0, scale=1.0):
    from gadolin.separation import shortcuts
    from gadolin.separation.circuit import Circuit

    alpha = np.cumprod([1.0, *(1 + (b - 1) * scale for b in BETA)])
    mol = np.array(SHARE) / sum(SHARE)
    cut = 3  # between Pr and Nd, the hard one
    load = 1.2 * shortcuts.underwood(alpha, mol, cut) * share
    n = stages // 2
    return Circuit.of(alpha, mol, n, stages - n), load, load - mol[cut:].sum() - 2e-3


def cold(stages, scale=1.0):
    from gadolin.separation.cascade import steady_at

    inputs = circuit(stages, scale=scale)
    steady_at(*inputs)
    return lambda: steady_at(*inputs)


def warm():
    from gadolin.separation.cascade import steady_at

    start = steady_at(*circuit(60))
    near = circuit(60, 1.01)
    steady_at(*near, start)
    return lambda: steady_at(*near, start)


def acid_circuit(stages, rng):
    from gadolin.separation.acid_circuit import AcidCircuit, Stream

    alpha = np.cumprod([1.0, *(1 + (b - 1) * rng.uniform(0.9, 1.1) for b in BETA)])
    constants = 10**-3.2 * alpha
    mol = rng.dirichlet(np.array(SHARE) / sum(SHARE) * 30)
    cut = int(rng.integers(3, 9))
    load = (mol[cut:].sum() + 1 / (alpha[cut] / alpha[cut - 1] - 1)) * rng.uniform(1.05, 1.5)
    scrub = max(load - mol[cut:].sum() * rng.uniform(0.9, 1.1), 0.02)
    feed = Stream(int(stages * rng.uniform(0.3, 0.7)), 1.0, tuple(mol), 0.01)
    wash = Stream(stages, 3 * scrub / 4.0, (0.0,) * len(mol), 4.0)
    return AcidCircuit(tuple(constants), stages, 3 * load / 0.54, 0.75, 0.54, (feed, wash))


def acid(stages, count):
    """One solve per call, of the next of these circuits; a circuit that is not solved stops the row."""
    from gadolin.separation.acid import solve_acid

    solve_acid(acid_circuit(60, np.random.default_rng(0)))
    circuits = itertools.cycle([acid_circuit(stages, np.random.default_rng(seed)) for seed in range(count)])
    return lambda: solve_acid(next(circuits))


def section(stages):
    """Extraction only, from one feed by fresh organic: what other programs can take, too."""
    from gadolin.separation.acid_circuit import AcidCircuit, Stream

    alpha = np.cumprod([1.0, *BETA])
    feed = Stream(stages, 1.0, tuple(0.2 * np.array(SHARE) / sum(SHARE)), 0.01)
    return AcidCircuit(tuple(10**-3.2 * alpha), stages, 1.0, 0.5, 0.0, (feed,))


def one_section(stages):
    from gadolin.separation.acid import solve_acid

    circuit = section(stages)
    solve_acid(circuit)
    return lambda: solve_acid(circuit)


def worst_acid():
    """Longest of the solves of the row above."""
    run, times = acid(300, 100), []
    for _ in range(100):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return max(times)


def system():
    from gadolin.separation import System

    return System.of_alpha(dict(zip(SYMBOLS, np.cumprod([1.0, *BETA]), strict=True)))


def ore(rate=None):
    from gadolin.separation import Feed

    return Feed(dict(zip(SYMBOLS, SHARE, strict=True)), rate_t_reo_per_year=rate)


def three_sequences():
    from gadolin.separation import sequence

    one, feed = system(), ore()
    return lambda: [sequence(feed, [one], SYMBOLS, over_minimum=ratio) for ratio in (1.1, 1.2, 1.3)]


def plant():
    from gadolin.separation import flowsheet, sequence

    one, feed = system(), ore(3000.0)

    def run():
        return flowsheet(sequence(feed, [one], SYMBOLS), level="L1")

    run()
    return run


def draws():
    from gadolin.separation.cascade import steady_at

    rng = np.random.default_rng(1)
    start = steady_at(*circuit(60))
    several = [circuit(60, scale=s) for s in rng.uniform(0.9, 1.1, 200)]
    return lambda: [steady_at(*one, start) for one in several]


def call(prepared):
    return prepared()


ROWS = (
    Row("l1_15x60_cold", 0.1, call, prepare=lambda: cold(60)),
    Row("l1_15x300_cold", 1.0, call, prepare=lambda: cold(300, 0.15)),
    Row("l1_15x60_warm", 0.01, call, prepare=warm),
    Row("l2_15x60", 0.5, call, prepare=lambda: acid(60, 1)),
    Row("l2_15x300_fractional", 0.2, call, prepare=lambda: acid(300, 100), repeats=100),
    Row("l2_15x300_worst", measure=worst_acid, goal=2.0, unit="s, worst of 100 circuits"),
    Row("l2_15x10_section", 0.02, call, prepare=lambda: one_section(10), peer="l2_15x10_section"),
    Row("sequence_15x3", 0.2, call, prepare=three_sequences),
    Row("plant_15", 5.0, call, prepare=plant),
    Row("beta_200_samples", 10.0, call, prepare=draws),
)
