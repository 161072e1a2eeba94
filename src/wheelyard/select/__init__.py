"""Filters over projects, releases and files. Pure."""
