"""The use case: facts, closure, plan, fetch, publish."""
