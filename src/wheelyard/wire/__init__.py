"""Bytes to model and back: simple API pages, core metadata, Accept negotiation. Pure."""
