"""Generating and editing images: commands, messages, menus, buttons and forms."""
