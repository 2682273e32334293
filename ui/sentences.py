"""Every problem in words: what happened, what it cost, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from storage.records import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_FREE: Final = "Nothing was charged."
_GIVEN_BACK: Final = "Its price was given back to you."
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
    Problem.TOO_MANY_JOBS: (
        "You have as many requests under way as one person may have. "
        f"{_FREE} Ask again when one of them is done."
    ),
    Problem.COOLING_DOWN: (
        f"You asked for a picture just now. {_FREE} You can ask for the next {{frees_at}}."
    ),
    Problem.USER_BUDGET_SPENT: (
        "This would go over what one person may spend in a day. "
        f"{_FREE} Ask for fewer pictures or a cheaper model, or come back {{frees_at}}."
    ),
    Problem.TOTAL_BUDGET_SPENT: (
        "This would go over what this bot may spend in a month. "
        f"{_FREE} Ask for fewer pictures or a cheaper model, or come back {{frees_at}}."
    ),
    Problem.CLICKED_TWICE: (
        f"You pressed this a moment ago, and I am on it. {_FREE} This second press did nothing."
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
        f"I can no longer read the picture that you want changed. {_FREE} Attach it again."
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
        "The connection to Flux broke before it answered, and no sign of your picture has come "
        f"since. It was not sent again, so that nothing is paid twice. {_GIVEN_BACK} Ask again if "
        "you still want it; if it turns up after all, `/history` shows it for free."
    ),
    Problem.OVERDUE: (
        f"Flux did not finish this picture within a day, so I stopped looking. {_GIVEN_BACK} Ask "
        "again if you still want it."
    ),
    Problem.SPOOL_UNAVAILABLE: (
        f"I have no room to keep your picture just now. {_FREE} {_OPERATOR}: DATA_DIR cannot be "
        "written."
    ),
    Problem.RESULT_UNREACHABLE: (
        f"Flux made this picture, but its link cannot be read. {_GIVEN_BACK} Ask again; if it "
        "happens again, tell whoever runs this bot the job number below."
    ),
    Problem.RESULT_UNUSABLE: (
        f"Flux made something that is not a usable picture. {_GIVEN_BACK} Ask again; if it "
        "happens again, tell whoever runs this bot the job number below."
    ),
    Problem.RESULT_TOO_LARGE: (
        "The picture is finished, but however small I make it, Discord finds it too large. It was "
        "charged and is kept; whoever runs this bot can hand it over with the job number below."
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
    Problem.CANCELLED: "Cancelled. {cost}",
    Problem.ARRIVED_LATE: (
        "This picture came after I had given it up, and its price had been given back to you. It "
        "is yours all the same: `/history` shows it."
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
        f"Something went wrong on my side. {_GIVEN_BACK} Ask again; if it happens again, tell "
        "whoever runs this bot the job number below."
    ),
}

NOT_MADE: Final = f"{_FREE} Ask again if you still want it."
MADE: Final = "The picture was made and charged, and it is yours: `/history` shows it."
"""What a job cost whose message could not be shown, and what to do: details of its sentence."""

UNCERTAIN: Final = (
    "**The connection to Flux broke before it answered.** I am looking for a sign of your picture "
    "for 15 minutes; nothing is sent twice, so nothing is paid twice."
)
USUALLY: Final = "usually about {seconds} s"
SOURCE_ALT: Final = "The picture that is being changed"
OVERDUE: Final = (
    "**This takes unusually long.** I keep looking for a day and show the picture here if it "
    "comes; you can go on with other requests."
)
CANCEL_ASKED: Final = (
    "**Cancelled.** Flux had begun, so the picture is paid for; when it is done, `/history` "
    "shows it to you."
)
COLLECT: Final = (
    "**Still at work.** Discord gives a bot 15 minutes to answer here; a press on Collect gives me "
    "15 more and shows the picture as soon as it is there."
)

UNKNOWN_JOB: Final = "I know nothing of this request any more. Nothing was charged."
NOT_YOURS_TO_CANCEL: Final = (
    "Only who asked for this picture, or a moderator of this channel, can cancel it. Nothing was "
    "changed."
)
NOT_YOURS_TO_REPEAT: Final = (
    f"Only who asked for this picture can ask for it again. {_FREE} Use the command yourself."
)
NOT_YOURS_TO_COLLECT: Final = "Only who asked for this picture can collect it."
NOT_YOURS_TO_DELETE: Final = (
    "Only who asked for this picture, or a moderator of this channel, can delete it. Nothing was "
    "changed."
)
NOT_YOURS_TO_SHOW: Final = (
    "Only who asked for these pictures can show one of them on its own. Edit lets you choose one "
    "to go on from."
)
NO_PICTURE: Final = (
    f"There is no picture in this message that I can edit. {_FREE} Choose a message with a PNG, "
    "JPEG or WebP."
)
NOT_MINE: Final = (
    "I did not make a picture of this message, so I know nothing about it. Edit image works with "
    "it all the same."
)
PICTURE_GONE: Final = (
    f"This picture is no longer kept here. {_FREE} Where its message still stands, right-click "
    "that, then Apps, then Edit image."
)
DRAFT_GONE: Final = (
    f"I no longer know what this form was about. {_FREE} Begin again where you opened it."
)
STYLE_SAVED: Final = (
    "The style **{name}** is saved. Choose it as `style` of `/imagine` and `/edit`."
)
STYLE_REPLACED: Final = "The style **{name}** is saved, in place of the older one of that name."
STYLE_DELETED: Final = "The style **{name}** is deleted. Pictures made in it stay as they are."
STYLE_UNKNOWN: Final = (
    f"There is no style called {{name}} here. {_FREE} `/style list` shows those that you can use."
)
STYLE_EMPTY: Final = (
    "A style needs a name and something to bring along. Nothing was saved. Give it words before or "
    "after the prompt, a model or a size."
)
TOO_MANY_STYLES: Final = (
    "There are 25 styles already, and that is the most. Nothing was saved. Delete one with "
    "`/style delete`, or save this one under a name that is taken."
)
NO_STYLES: Final = "There are no styles here yet. `/style save` makes one."
NO_SERVER_HERE: Final = "This is no server, so it can have no styles. Leave `server` out."
NOT_YOURS_TO_STYLE: Final = (
    "Only those who may manage this server can change its styles. Nothing was changed. Leave "
    "`server` out to have a style of your own."
)
NO_HISTORY: Final = "You have no pictures yet. `/imagine` makes one."
NOTHING_FOUND: Final = "None of your pictures is like that. `/history` without words shows all."
HISTORY_HEADING: Final = "**Your pictures**"
SURE_TO_REMOVE: Final = (
    "**Delete this for good?** Its pictures leave `/history` and my disk. A message in a channel "
    "stays until it is deleted there."
)
REMOVED: Final = "Deleted. Its pictures are no longer in `/history`, nor on my disk."
NOT_YET_REMOVABLE: Final = (
    "This request is not finished with yet. Nothing was deleted. Try again in a minute."
)
NO_LONGER_KEPT: Final = (
    "The pictures of this request are no longer kept here. Where its message still stands, they "
    "are there."
)

SAY_WHAT: Final = (
    f"Say in a few words what should change, such as `make it night`. {_FREE} Reply to the picture "
    "once more."
)
SAY_WHAT_TO_MAKE: Final = (
    f"Reply to a picture, or attach one, and say what should change. {_FREE} `/imagine` makes "
    "pictures from words."
)
NO_PICTURE_THERE: Final = (
    f"I see no picture in that message. {_FREE} Reply to one that shows a picture, or attach a "
    "PNG, JPEG or WebP yourself."
)
PICTURE_NOT_SHOWN: Final = (
    f"Discord does not show me other people's messages. {_FREE} Right-click the picture, or press "
    "it long, then choose Apps, Edit image. Whoever runs this bot can also switch on "
    "MESSAGE_CONTENT_INTENT."
)
MESSAGE_IS_GONE: Final = (
    f"That message is gone, and its picture with it. {_FREE} Attach the picture yourself."
)
NOT_FINISHED: Final = (
    f"That picture is not finished yet. {_FREE} Reply to it once more when it is there."
)
SO_MANY_PICTURES: Final = (
    "I count {count} in that message, so there is no such picture. "
    f"{_FREE} Begin with the right number, such as `1: make it night`."
)
REPLIES_ARE_OFF: Final = (
    f"In this server I edit no pictures by reply or mention. {_FREE} Use `/edit`, or right-click "
    "the picture, or press it long, then choose Apps, Edit image."
)
WORDS_ALONE_ARE_OFF: Final = (
    f"In this server a mention without a picture makes none. {_FREE} Use `/imagine`, or reply to a "
    "picture and say what should change."
)
DIRECT_MESSAGES_CLOSED: Final = (
    f"You take no direct messages of mine, so I did not begin. {_FREE} Allow them, or ask without "
    "`private:true`."
)
PRIVATE_WORDS: Final = (
    f"Words alone make a private picture only in a direct message. {_FREE} Write to me there, or "
    "use `/imagine` with `private`."
)
WHICH_PICTURE: Final = (
    "**Which picture?** Next time the number can stand first, such as `2: make it night`."
)
PICTURE_NUMBER: Final = "Picture {number}"
NOT_YOURS_TO_CHOOSE: Final = (
    f"Only who asked for this can choose the picture. {_FREE} Reply to the picture yourself."
)
REPLY_EDITS_SET: Final = {
    "everyone": "A reply to a picture of mine now edits it, whoever writes it.",
    "requester": (
        "A reply to a picture of mine now edits it if its requester writes it; others mention me "
        "in their words."
    ),
    "mention": "A reply to a picture now edits it only if its words mention me.",
    "off": "Replies and mentions now edit no pictures in this server.",
}
MENTION_GENERATES_SET: Final = {
    "on": "A mention of me with words alone now makes a picture.",
    "off": "A mention of me with words alone now makes no picture.",
}

_ALERTS: Final = {
    Problem.FLUX_AUTHENTICATION: (
        "**Flux no longer accepts FLUX_API_TOKEN.** Renew the token, put it into `.env` and "
        "restart me."
    ),
    Problem.FLUX_OUT_OF_CREDITS: "**The Flux account has run out of credits.** Buy more.",
}


def operator_alert(problem: Problem) -> str:
    """Return what whoever runs the bot is told of a problem that only they can mend."""
    what = _ALERTS.get(problem, SENTENCES[problem])
    return (
        f"{what} Requests that were waiting have ended and cost nothing; a new one is let through "
        "every 5 minutes to find out whether it works again."
    )


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
