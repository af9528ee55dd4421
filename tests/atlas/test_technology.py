"""Technologies and research projects: known values, plans that prove nothing, and each trap on both sides."""

from gadolin import atlas
from tests.atlas.broken import faults_after


def test_counts():
    """Every row is there."""
    assert len(atlas.table("technologies")) == 49
    assert len(atlas.table("rd_projects")) == 48


def test_what_is_proven_says_how():
    """A quota, a batch and a plan are not output."""
    frame = atlas.table("technologies")
    assert frame.at["T-01", "proven_kind"] == "quota"
    assert frame.at["T-31", "proven_kind"] == "batch"
    assert frame.at["T-14", "proven_kind"] == "planned"
    output = frame.loc["T-18"]
    assert (output["proven_value"], output["proven_unit"], output["proven_kind"]) == (
        6996,
        "t_ndpr_oxide_per_year",
        "output",
    )


def test_money_is_in_million_of_a_currency():
    """A licence fee is no capital cost."""
    fee = atlas.cell("technologies:T-10:money_local_m")
    assert fee.value == 5.5
    frame = atlas.table("technologies")
    assert (frame.at["T-10", "currency"], frame.at["T-10", "money_kind"]) == ("USD", "licence_fee_per_project")
    assert (frame.at["T-33", "money_local_m"], frame.at["T-33", "money_kind"]) == (40_000, "spent")


def test_readiness_is_our_reading():
    """Every TRL of the technologies is derived and says so."""
    frame = atlas.table("technologies")
    assert set(frame["trl_basis"]) == {"derived"}
    assert frame["trl"].between(1, 9).all()


def test_terms_keep_their_words():
    """The closed word and the full text stand side by side."""
    frame = atlas.table("technologies")
    assert frame.at["T-08", "licensable"] == "licensed_exclusively"
    assert frame.at["T-08", "licensable_text"] == "licensed_exclusively (ReElement)"


def test_topics_stand_with_stages():
    """Research on waste and exploration is no stage of the chain but can be found."""
    frame = atlas.table("rd_projects")
    assert frame.at["RD-05", "stages"] == ("separation", "waste")
    assert frame.at["RD-37", "stages"] == ("mine", "cracking_leaching", "separation")
    assert frame.at["RD-30", "stage_scope"] == "whole_chain"


def test_only_totals_are_budgets_of_a_project():
    """A ceiling per project and the research of a whole group are told apart."""
    frame = atlas.table("rd_projects")
    assert (frame.at["RD-01", "budget_local_m"], frame.at["RD-01", "budget_kind"]) == (15, "max_per_project")
    assert frame.at["RD-18", "budget_kind"] == "group_research_of_a_year"
    assert (frame.at["RD-09", "budget_local_m"], frame.at["RD-09", "currency"]) == (0.45, "MYR")


def test_falling_readiness_is_a_fault(tmp_path):
    """A project does not aim below where it starts."""
    assert faults_after(tmp_path, "rd_projects", "RD-12") == []
    said = faults_after(tmp_path, "rd_projects", "RD-12", trl_to=2.0)
    assert len(said) == 1
    assert "must not be below trl_from" in said[0]


def test_a_quantity_without_kind_of_proof_is_a_fault(tmp_path):
    """A number that may be a plan must say so."""
    said = faults_after(tmp_path, "technologies", "T-14", proven_kind=None)
    assert len(said) == 1
    assert "must say what proven_value is" in said[0]
