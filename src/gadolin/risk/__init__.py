"""Supply risk: concentration, comparators, shocks."""
