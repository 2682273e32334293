"""Discord's side: one feature a file, thin over the rooms to the right."""
