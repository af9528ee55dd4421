import functools
import math

import numpy as np
import pytest

from gadolin.errors import InputError
from gadolin.separation import Feed, System, sequence, shortcuts

SYMBOLS = ["La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Y", "Er", "Tm", "Yb", "Lu"]


def random_ore(seed, elements=7):
    rng = np.random.default_rng(seed)
    alpha = np.cumprod(np.r_[1, rng.uniform(1.3, 6, elements - 1)])
    mol = rng.dirichlet(np.full(elements, 0.8)) + 0.005
    names = SYMBOLS[:elements]
    return Feed.of_moles(dict(zip(names, mol, strict=True))), dict(zip(names, alpha, strict=True))


def all_trees(items):
    """Every way of parting a row of elements by two-product cuts."""
    if len(items) == 1:
        return [()]
    return [
        ((items, k), *left, *right)
        for k in range(1, len(items))
        for left in all_trees(items[:k])
        for right in all_trees(items[k:])
    ]


@pytest.mark.parametrize("seed", range(4))
def test_no_tree_of_cuts_has_less_load(seed):
    feed, alpha = random_ore(seed)
    names, mol = tuple(alpha), np.array([feed.mol_share[s] for s in alpha])
    trees = all_trees(names)
    assert len(trees) == math.comb(12, 6) // 7  # Catalan(6)

    @functools.cache
    def cost(items, k):
        at = names.index(items[0])
        part = mol[at : at + len(items)]
        values = np.array([alpha[s] for s in items])
        return 1.2 * shortcuts.underwood(values, part / part.sum(), k) * part.sum()

    least = min(sum(cost(*cut) for cut in tree) for tree in trees)
    made = sequence(feed, [System.of_alpha(alpha)], names)
    assert made.load_mol_per_mol == pytest.approx(least, rel=1e-12)
    assert made.linked_bound_mol_per_mol <= made.load_mol_per_mol
    for practice in ("ion-adsorption clay", "bastnaesite/monazite"):
        other = sequence(feed, [System.of_alpha(alpha)], names, practice=practice)
        assert other.load_mol_per_mol >= made.load_mol_per_mol * (1 - 1e-12)
        assert len(other.steps) == len(made.steps)


def test_each_cut_takes_the_extractant_that_needs_less():
    feed, alpha = random_ore(1)
    wide = {s: a**1.3 for s, a in alpha.items()}
    both = sequence(feed, [System.of_alpha(alpha, "a"), System.of_alpha(wide, "b")], list(alpha))
    assert {s.system.extractant for s in both.steps} == {"b"}


def test_an_extractant_of_another_order_takes_out_whole_products_at_its_end():
    feed, names = random_ore(1)[0], SYMBOLS[:7]
    alpha = dict(zip(names, np.cumprod([1, 3, 3, 1.15, 1.15, 3, 3]), strict=True))  # the fourth is hard to part
    odd = {s: 1 + 0.01 * i for i, s in enumerate(names)} | {names[3]: 0.2}  # and here the least extracted, as Y
    made = sequence(feed, [System.of_alpha(alpha, "a"), System.of_alpha(odd, "c")], names)
    out = [s for s in made.steps if s.system.extractant == "c" and s.reorders]
    assert out
    assert all(s.light_products == ((names[3],),) for s in out)


def test_a_product_split_by_another_element_is_refused():
    feed, alpha = random_ore(2)
    with pytest.raises(InputError, match='did you mean "NdPr"'):
        sequence(feed, [System.of_alpha(alpha)], ["NdPn"])
    alpha["Ce"], alpha["Nd"] = alpha["Nd"], alpha["Ce"]
    with pytest.raises(InputError, match="is split by"):
        sequence(feed, [System.of_alpha(alpha)], ["LaCe", "Pr"])
