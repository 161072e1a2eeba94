"""One machine as an offline index, network and all."""
