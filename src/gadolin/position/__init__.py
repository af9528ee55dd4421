"""Where a country stands."""
