"""The store: files, pages, catalogue, lock, atomic publication."""
