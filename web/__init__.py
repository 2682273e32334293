"""The addresses that the bot itself answers at."""

from typing import Final

CALLBACK_PATH: Final = "/flux/callbacks/"
"""Before a job's token, in the address that Flux calls back."""
