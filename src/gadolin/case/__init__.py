"""A country's folder laid over the atlas."""
