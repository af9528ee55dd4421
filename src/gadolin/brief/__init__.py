"""Papers of a run."""
