"""Groups and targets in, witnesses out: which files one complete installation takes.

Pure: facts (pages, metadata) arrive as values, and the search itself is uv's, asked by `mirror`.
"""
