"""The index server over a yard."""
