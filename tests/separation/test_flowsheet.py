import numpy as np
import pytest

from gadolin.errors import InputError
from gadolin.plant import Plant
from gadolin.quantity import Quantity
from gadolin.separation import Feed, Practice, System, flowsheet, plant_of, sequence
from gadolin.separation.flowsheet import NOT_FOLLOWED
from gadolin.separation.impurities import Impurity, Purification

SHARES = {"La": 30, "Pr": 10, "Nd": 35, "Sm": 10, "Dy": 15}
ALPHA = {"La": 1, "Pr": 10, "Nd": 15, "Sm": 100, "Dy": 900}


def made(rate=1000.0, level="L1", products=("NdPr", "Dy"), **more):
    plan = sequence(Feed(SHARES, rate_t_reo_per_year=rate), [System.of_alpha(ALPHA)], products)
    return flowsheet(plan, level=level, **more)


def test_what_enters_the_plant_leaves_it_and_every_block_closes():
    streams = made().streams()
    columns = [c for c in streams if c.endswith("_t_element_per_year")]
    blocks = (set(streams["source"]) | set(streams["target"])) - {""}
    for block in blocks:
        enters = streams.loc[streams["target"] == block, columns].sum()
        leaves = streams.loc[streams["source"] == block, columns].sum()
        assert np.max(np.abs(leaves / enters - 1)) < 1e-10, block
    enters, leaves = (streams.loc[streams[side] == "", columns].sum() for side in ("source", "target"))
    assert np.max(np.abs(leaves / enters - 1)) < 1e-10


def test_impurities_balance_in_the_stream_table_and_say_where_they_are_lost_from_sight():
    q = Quantity(5.0, "kg per t REO", basis="choice")
    how = Practice(purification=Purification(impurities=[Impurity("Fe", q), Impurity("Th", q)]))
    streams = made(practice=how).streams().set_index("stream")
    for symbol in ("Fe", "Th"):
        column = streams[f"{symbol}_t_element_per_year"]
        assert column["Feed"] == 5.0  # 1000 t REO a year
        assert column["Residue"] + column[NOT_FOLLOWED] == pytest.approx(column["Feed"], rel=1e-12)
        assert column[streams["source"] == ""].sum() == pytest.approx(column[streams["target"] == ""].sum(), rel=1e-12)
    assert NOT_FOLLOWED not in list(made().streams()["stream"])


def test_research_looks_at_the_dearest_cut_per_tonne_of_the_plant():
    plant = made()
    frame, cuts = plant.research(1), plant.table().set_index("cut")
    assert frame["cut"].unique().tolist() == [cuts["load_mol_per_mol"].idxmax()]
    assert frame["load_mol_per_mol"][0] == pytest.approx(cuts["load_mol_per_mol"].max())
    assert frame["beta"].diff()[1] == pytest.approx(0.05)


def test_every_wanted_product_is_as_pure_and_as_complete_as_asked():
    for purity, recovery in ((0.99, 0.97), (0.9995, 0.995)):
        table = made(purity_share=purity, recovery_share=recovery).train.table().set_index("product")
        for product in ("NdPr", "Dy"):
            assert table.loc[product, "purity_share"] >= purity - 1e-9
            assert table.loc[product, "recovery_share"] >= recovery - 1e-9


def test_the_plant_carries_ranges_and_scales_with_its_rate():
    small, large = made(1000.0).plant, made(2000.0).plant
    assert isinstance(small, Plant)
    for name in small.reagents:
        assert large.reagents[name].value == pytest.approx(2 * small.reagents[name].value)
    assert large.inventory_t_reo.value == pytest.approx(2 * small.inventory_t_reo.value)
    assert small.inventory_t_reo.low < small.inventory_t_reo.value < small.inventory_t_reo.high
    assert [e.count for e in small.equipment] == [e.count for e in large.equipment]


def test_a_plant_without_a_rate_says_what_is_missing():
    plan = sequence(Feed(SHARES), [System.of_alpha(ALPHA)], ["NdPr"])
    with pytest.raises(InputError, match="is needed to size a plant"):
        plant_of(plan)
