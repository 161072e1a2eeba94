"""The field's words as frozen values: names, digests, files, pages, metadata, targets. Pure."""
