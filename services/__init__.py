"""What the bot knows beside jobs: what may be spent, and who may do what. It knows no Discord."""
