"""What the bot can do, told to who asks and once to who writes to it."""
