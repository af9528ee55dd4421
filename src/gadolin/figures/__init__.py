"""One grammar for every chart."""
