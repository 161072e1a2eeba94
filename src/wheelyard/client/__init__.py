"""Configuring and diagnosing installers."""
