"""Bundles carried from one yard to another."""
