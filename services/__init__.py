"""Policy without Discord: access, limits, moderation, privacy, the doctor's checks."""
