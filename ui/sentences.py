"""Every problem in words: what happened, what it cost, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from storage.records import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_FREE: Final = "Nothing was charged."
_OPERATOR: Final = "Whoever runs this bot can mend it"

SENTENCES: Final[dict[Problem, str]] = {
    Problem.PROMPT_EMPTY: (
        f"The prompt is empty. {_FREE} Say in a few words what the picture should show."
    ),
    Problem.PROMPT_TOO_LONG: (
        "The prompt has {characters} characters, and 2,000 is the most. "
        f"{_FREE} Shorten it and send it again."
    ),
    Problem.MODEL_UNKNOWN: (
        "There is no model called {model}. "
        f"{_FREE} Pick one of the models suggested while you type."
    ),
    Problem.MODEL_CANNOT_EDIT: (
        "{model} makes pictures but does not edit them. "
        f"{_FREE} Leave the model out, or pick one of those suggested for editing."
    ),
    Problem.SIZE_UNKNOWN: (
        "{size} is not a size. "
        f"{_FREE} Use a ratio such as 16:9, or width x height in pixels such as 1344x768."
    ),
    Problem.SIZE_NOT_FOR_MODEL: (
        "{model} does not take the size {size}. "
        f"{_FREE} Use one of the sizes suggested, or another model."
    ),
    Problem.COUNT_OUT_OF_RANGE: (
        f"{{count}} pictures cannot be made at once. {_FREE} Ask for 1 to 4."
    ),
    Problem.PERMISSIONS_MISSING: (
        "I may not post pictures in this channel: I am missing {permissions}. "
        f"{_FREE} Someone who manages the server can allow it in the channel's settings."
    ),
    Problem.SOURCE_NOT_A_PICTURE: (
        "That file is not a picture I can read. "
        f"{_FREE} Attach a PNG, JPEG or WebP of at most 25 megapixels."
    ),
    Problem.SOURCE_TOO_LARGE: (
        f"That file is over 25 MB. {_FREE} Attach a smaller one, a JPEG for example."
    ),
    Problem.SOURCE_UNREACHABLE: (
        f"I could not read the picture you attached. {_FREE} Attach it again."
    ),
    Problem.MODEL_NOT_OFFERED: (
        "The Flux service behind this bot no longer offers {model}, or does not offer it yet. "
        f"{_FREE} Choose another model."
    ),
    Problem.FLUX_BAD_REQUEST: (
        "Flux did not accept this combination of model, size and prompt. "
        f"{_FREE} Try another model or size."
    ),
    Problem.FLUX_AUTHENTICATION: (
        "Flux does not accept this bot's access key. "
        f"{_FREE} {_OPERATOR}: FLUX_API_TOKEN has to be renewed."
    ),
    Problem.FLUX_OUT_OF_CREDITS: (
        "The Flux account behind this bot has run out of credits. "
        f"{_FREE} {_OPERATOR} by buying more; then ask again."
    ),
    Problem.FLUX_REFUSED_CONTENT: (
        "Flux declined to make this picture because of its content rules. "
        f"{_FREE} Say it differently, or use another picture."
    ),
    Problem.FLUX_RATE_LIMITED: (
        f"Flux is busy with too many requests. {_FREE} Ask again in a minute."
    ),
    Problem.FLUX_UNAVAILABLE: (
        f"Flux cannot be reached just now. {_FREE} Ask again in a few minutes."
    ),
    Problem.FLUX_FAILED: (
        f"Flux tried and could not finish this picture. {_FREE} Ask again; it often works then."
    ),
    Problem.ANSWER_LOST: (
        "The connection to Flux broke before it answered, so it is not known whether the picture "
        "was started. It was not sent again, so that nothing is paid twice; Flux may have charged "
        "for it once. Ask again if you still want it."
    ),
    Problem.OVERDUE: (
        "Flux did not finish this picture in time, so I stopped waiting. Flux may still charge "
        "for it if it finishes later. Ask again if you still want it."
    ),
    Problem.SPOOL_UNAVAILABLE: (
        f"I have no room to keep your picture just now. {_FREE} {_OPERATOR}: DATA_DIR cannot be "
        "written."
    ),
    Problem.RESULT_UNREACHABLE: (
        "Flux made this picture, but its link cannot be read. Flux may have charged for it. "
        f"{_OPERATOR} with the job number below."
    ),
    Problem.RESULT_UNUSABLE: (
        "Flux made something that is not a usable picture. Flux may have charged for it. "
        f"{_OPERATOR} with the job number below."
    ),
    Problem.RESULT_TOO_LARGE: (
        "The picture is finished, but it is too large for Discord. It was charged and is kept; "
        "whoever runs this bot can hand it over with the job number below."
    ),
    Problem.MESSAGE_GONE: (
        "The message or its channel was deleted before the picture could be posted. {cost}"
    ),
    Problem.PLACE_FORBIDDEN: (
        "I am not allowed to post in this channel, so the picture could not be shown. Someone who "
        "manages the server can allow it in the channel's settings. {cost}"
    ),
    Problem.RESPONSE_EXPIRED: (
        "Discord gives a bot 15 minutes to answer here, and they were over before I could. {cost}"
    ),
    Problem.ANSWERED_TOO_LATE: (
        f"Discord did not take my answer in time. {_FREE} Send the command again."
    ),
    Problem.STORED_TOO_LATE: (
        f"I could not write down your request in time, so I did not start it. {_FREE} Try again."
    ),
    Problem.RESTARTED: (
        f"I was restarted before I began with your request. {_FREE} Send the command again."
    ),
    Problem.INTERNAL: (
        "Something went wrong on my side. If Flux had already begun, it may have charged for it. "
        "The details are in the bot's log under the job number below. Ask again; if it happens "
        "again, tell whoever runs this bot."
    ),
}

NOT_MADE: Final = f"{_FREE} Ask again if you still want it."
MADE: Final = (
    "The picture was made and charged, and is kept; whoever runs this bot can hand it over by the "
    "job number below."
)
"""What a job cost whose message could not be shown, and what to do: details of its sentence."""

UNEXPECTED: Final = (
    f"Something went wrong on my side before I began. {_FREE} Try again; if it happens again, "
    "tell whoever runs this bot."
)
STORAGE_UNAVAILABLE: Final = (
    f"I cannot write down your request just now, so I did not start it. {_FREE} Try again in a "
    "minute; if it happens again, tell whoever runs this bot."
)
NOT_ALLOWED: Final = f"You may not use this here. {_FREE}"
OUTDATED: Final = (
    f"Discord showed you an older form of this command. {_FREE} Wait a minute and type it again."
)


def sentence(problem: Problem, details: Mapping[str, str | int] | None = None) -> str:
    """Return the sentence for a problem, its details already made safe to show."""
    return SENTENCES[problem].format_map(dict(details or {}))
