"""Discord commands and events, one feature a folder or file."""
