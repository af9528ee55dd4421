"""How concentrated is a stage when not every supplier is named? An interval, never a number that hides the hole.

Run: python examples/concentration_with_holes.py
"""

from gadolin.quantity import Quantity
from gadolin.risk import hhi, top_share

shares = {
    "CHN": Quantity(0.91, "share", 0.88, 0.93, "estimate"),
    "MYS": Quantity(0.045, "share", basis="reported"),
    "USA": Quantity.missing("share", "only a quantity is stated"),
}
found = hhi(shares)
leader, share = top_share(shares)
print(f"{leader} holds {share}; {found.rest_share:.1%} is held by suppliers nobody named")
print(f"HHI between {found.low:.3f} and {found.high:.3f}")
