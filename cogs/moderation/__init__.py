"""Word filters, blocks, reports and the log channel."""
