"""Groups and targets in, witnesses out: which files one complete installation takes. Pure."""
