"""What people see and press: cards, sentences, choices, and the way to Discord's messages."""
