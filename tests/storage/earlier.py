"""A row as version 1 of the table `jobs` had it; columns that came since have their defaults.

It never changes with the code, so that migrations are shown on what older versions wrote.
"""

from typing import Final

EARLIER_JOB: Final[dict[str, object]] = {
    "id": "0123456789ab",
    "state": "queued",
    "created_at": "2026-10-05T12:00:00+00:00",
    "expected_at": "2026-10-05T12:00:10+00:00",
    "command": "imagine",
    "action": "generate",
    "prompt": "a quiet lake",
    "model": "flux-dev",
    "size": "1:1",
    "count": 1,
    "spoiler": 0,
    "user_id": 5001,
    "user_name": "ada",
    "guild_id": 4001,
    "guild_name": "Harbour",
    "channel_id": 3001,
    "channel_name": "pictures",
    "delivery": "message",
    "interaction_id": 1001,
    "application_id": 2001,
    "interaction_token": "interaction-token",
    "estimated_microcredits": 216000,
}
