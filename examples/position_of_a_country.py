"""Where a country stands, from Python: deposits side by side, the ladder, and the source of one number.

Run: python examples/position_of_a_country.py
"""

from gadolin import case, position
from gadolin.atlas import sources

malaysia = case.load("malaysia")
where = position.position(malaysia)

print("National estimates, side by side:")
for estimate in where.deposits.national:
    print(f"  {estimate.tonnes}  {estimate.name}  [{estimate.tonnes.basis}]")

print("From ore to magnet:")
for rung in where.ladder.rungs:
    print(f"  {rung.title:<22}  {rung.state:<12}  {rung.gap.text}")

print("Where the first estimate comes from:")
for source in sources(where.deposits.national[0].tonnes.refs).itertuples():
    print(f"  {source.title}, {source.date}")
