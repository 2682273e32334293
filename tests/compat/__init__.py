"""Other people's software in the sandbox: `make compat`."""
