"""Selections and inventory in, the plan out: what to add, keep and drop, and why. Pure."""
