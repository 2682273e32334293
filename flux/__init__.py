"""A typed, asynchronous client of the Flux Images API, independent of the bot around it."""
