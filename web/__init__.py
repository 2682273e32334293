"""The addresses that the bot itself answers at."""
