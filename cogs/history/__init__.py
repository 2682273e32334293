"""/history and /show."""
