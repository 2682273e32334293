"""/settings of a server and /preferences of a person."""
