"""Real installers over the virtual index and over the yard."""
