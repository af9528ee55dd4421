"""Sections that several tests render."""

import pandas as pd

from gadolin.brief import Fact, Paragraph, Section, Table
from gadolin.figures import Figure, Ladder
from gadolin.quantity import Quantity

REF = "facilities:MYS-SEPA-002:capacity_value"
RUNGS = pd.DataFrame(
    [("mine", "operating", "one mine", "reported"), ("metal", "none", None, "memory")],
    columns=["stage", "status", "label", "basis"],
)


def sections():
    output = Quantity(41.4, "t REO", 35.0, 49.0, "reported", (REF,))
    weak = Quantity(0.5, "share", 0.2, 0.8, "memory", tuple(f"t:r{i}:c" for i in range(20)))
    figure = Figure("ladder", "Metal is missing", "status", RUNGS, Ladder(), (REF,))
    table = Table(
        "Plants & <more>", ("plant", "output"), [("Gebeng", output), ("Other", Quantity.missing("t", "x", [REF]))]
    )
    finding = Paragraph("The plant makes {o}.", {"o": output})
    return [
        Section("ladder", "Ladder", finding, [figure, table]),
        Section(
            "weak", "Weak data", "Much is remembered", [Paragraph("{s} by {d}", {"s": weak, "d": Fact("2030", (REF,))})]
        ),
    ]
