"""The least that other bots do: what the measured ratios are about."""
