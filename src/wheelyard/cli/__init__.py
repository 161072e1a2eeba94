"""Arguments in; text, JSON and an exit code out. One module per command."""
