"""The only door from facts to models: one file per model room."""
