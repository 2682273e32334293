"""/usage, its chart, and budget warnings."""
