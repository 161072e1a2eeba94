"""Indexes over HTTP: pages, the metadata ladder, files."""
