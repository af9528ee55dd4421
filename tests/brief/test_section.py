"""A number without ref cannot enter a brief."""

import pytest

from gadolin.brief import Fact, Paragraph, Section, Table
from gadolin.brief.section import values_of
from gadolin.errors import InputError
from gadolin.quantity import Quantity

OUTPUT = Quantity(42.0, "t REO", 35.0, 49.0, "reported", ("deposits:a:resource_t_reo",))


@pytest.mark.parametrize("words", ["Output was 42 t.", "since 2030", "(9 plants)", "+4 %"])
def test_free_digit_is_refused(words):
    with pytest.raises(InputError, match="number without ref"):
        Paragraph(words)
    with pytest.raises(InputError, match="number without ref"):
        Section("a", "A", words)
    with pytest.raises(InputError, match="number without ref"):
        Table("A", ("x", "y"), [("b", words)])


@pytest.mark.parametrize("words", ["P507 and D2EHPA", "MYS-SEPA-002", "EU65 test", "CO2"])
def test_digits_in_names_pass(words):
    assert str(Paragraph(words)) == words


@pytest.mark.parametrize("value", [Quantity(1.0, "t", basis="reported"), Quantity.missing("t", "not reported")])
def test_quantity_without_refs_is_refused(value):
    with pytest.raises(InputError, match="no ref"):
        Paragraph("Output was {x}.", {"x": value})
    with pytest.raises(InputError, match="no ref"):
        Table("A", ("x", "y"), [("b", value)])


def test_bare_number_is_refused():
    with pytest.raises(InputError, match="must be a Quantity or a Fact"):
        Table("A", ("x", "y"), [("b", 4.0)])
    with pytest.raises(InputError, match="no ref"):
        Table("A", ("x", "y"), [("b", Fact("2030", ()))])


def test_places_and_values_must_agree():
    with pytest.raises(InputError, match="differ"):
        Paragraph("Output was {x}.", {"y": OUTPUT})
    assert str(Paragraph("Output was {x}.", {"x": OUTPUT})) == "Output was 42 t REO (35-49)."


def test_values_in_order():
    date = Fact("2030", ("policies:p:end",))
    section = Section("a", "A", Paragraph("{d}", {"d": date}), [Table("t", ("x", "y"), [("b", OUTPUT)])])
    assert list(values_of([section])) == [date, OUTPUT]
