### English: every sentence and word that people read.
###
### Other languages are files beside this one, with the same ids, attributes and variables.
### The commands' own words stand in the code, in English, and in those files as `command-...`.

## Phrases that several sentences share

-free = Nothing was charged.
-ask-for-less = Request fewer images or a cheaper model
-given-back = You were refunded.
-operator = The bot owner
-tell-operator = report the job number below to the bot owner
-meanwhile = Queued requests have failed at no cost. One new request a minute is sent to check whether Flux works again.

## What keeps a request from its picture: what happened, what it cost, what to do

problem-prompt-empty = The prompt is empty. { -free } Describe the image in a few words.
problem-prompt-too-long = The prompt has { $characters } characters; the limit is 2,000. { -free } Shorten it and try again.
problem-model-unknown = There is no model called { $model }. { -free } Choose one of the suggested models.
problem-model-cannot-edit = { $model } cannot edit images. { -free } Choose one of the suggested models.
problem-size-unknown = { $size } is not a valid size. { -free } Use a ratio such as 16:9, or pixels such as 1344x768.
problem-size-not-for-model = { $model } does not support the size { $size }. { -free } Choose one of the suggested sizes, or another model.
problem-count-out-of-range = { $count } is not a valid number of images. { -free } Use 1 to 4.
problem-blocked = You're blocked from generating images. Reason: "{ $reason }". { -free } A server manager or the bot owner can unblock you.
problem-blocked-for-a-while = You're blocked from generating images; the block ends { $until }. Reason: "{ $reason }". { -free }
problem-words-not-allowed = Your prompt contains blocked words: ||{ $found }||. { -free } Rephrase your prompt.
problem-place-not-allowed = Image generation is disabled in this channel. { -free } { $channels ->
        [none] Ask a server manager to enable it.
       *[other] Use { $channels } instead.
    }
problem-person-not-allowed = You don't have access to image generation here. { -free } Ask a server manager for access.
problem-model-not-allowed = You don't have access to { $model } here. { -free } { $models ->
        [none] Ask a server manager for access.
       *[other] You can use { $models }.
    }
problem-count-not-allowed = You requested { $count } images; the limit here is { $most } per request. { -free } Request fewer.
problem-too-many-jobs = You have reached the limit of requests in progress. { -free } { $frees ->
        [never] Try again when one of them is done.
       *[later] The first should be done { $frees_at }.
    }
problem-cooling-down = You're sending requests too quickly. { -free } You can send the next one { $frees_at }.
problem-user-budget-spent = { $frees ->
        [never] This request alone exceeds your limit of { $limit }. { -free } { -ask-for-less }.
       *[later] This would exceed your limit of { $limit }. { -free } { -ask-for-less }, or try again { $frees_at }.
    }
problem-server-budget-spent = { $frees ->
        [never] This request alone exceeds this server's limit of { $limit }. { -free } { -ask-for-less }.
       *[later] This would exceed this server's limit of { $limit }. { -free } { -ask-for-less }, or try again { $frees_at }.
    }
problem-total-budget-spent = { $frees ->
        [never] This request alone exceeds the bot's limit of { $limit }. { -free } { -ask-for-less }.
       *[later] This would exceed the bot's limit of { $limit }. { -free } { -ask-for-less }, or try again { $frees_at }.
    }
problem-clicked-twice = Already working on it. { -free }
problem-permissions-missing = I need these permissions in this channel: { $permissions }. { -free } A server manager can allow them in the channel settings.
problem-source-not-a-picture = I can't read that file as an image. { -free } Attach a PNG, JPEG, WebP, GIF, AVIF or HEIC.
problem-source-too-large = That file is larger than 25 MB. { -free } Attach a smaller one, for example a JPEG.
problem-source-too-many-pixels = { $megapixels ->
    [unknown] That image has more than { $limit } megapixels, which is the limit.
   *[other] That image has { $megapixels } megapixels; the limit is { $limit }.
 } { -free } Attach a smaller one.
problem-source-too-costly = That image takes too much time or memory to open. { -free } Save it again, for example as a JPEG, and attach that.
problem-source-unreachable = I can no longer read the image to edit. { -free } Attach it again.
problem-model-not-offered = Flux does not currently offer { $model } to this bot. { -free } Choose another model.
problem-flux-bad-request = Flux does not accept this combination of model, size and prompt. { -free } Try another model or size.
problem-flux-authentication = Flux does not accept this bot's token. { -free } { -operator } needs to renew FLUX_API_TOKEN.
problem-flux-out-of-credits = The bot's Flux account has run out of credits. { -free } { -operator } needs to add credits.
problem-flux-bad-source = Flux did not accept the image to edit. { -free } Try another image, or save this one as a JPEG or PNG.
problem-flux-refused-content = Flux blocked this request because of its content rules. { -free } Rephrase your prompt or use another image.
problem-flux-rate-limited = Flux is busy with too many requests. { -free } Try again in a minute.
problem-flux-unavailable = Flux is unavailable. { -free } Try again in a few minutes.
problem-flux-failed = Flux failed to generate this image. { -free } Try again; it often works the second time.
problem-answer-lost = Flux did not confirm your request: it had an error (such as 500), or the connection broke. { -given-back } Try again if you still want the image; if it arrives later, `/history` shows it for free.
problem-overdue = Flux did not finish this image within a day. { -given-back } Try again if you still want it.
problem-spool-unavailable = I can't store your image right now. { -free } { -operator } needs to check DATA_DIR.
problem-result-unreachable = Flux generated this image, but I can't download it. { -given-back } Try again; if it happens again, { -tell-operator }.
problem-result-unusable = Flux returned a file that is not a usable image. { -given-back } Try again; if it happens again, { -tell-operator }.
problem-result-too-large = The image is ready, but even reduced it is too large for Discord. You were charged, and the image is saved: the bot owner can send it to you by the job number below.
problem-message-gone = The message or its channel was deleted before the image could be posted. { $cost }
problem-place-forbidden = { $place ->
    [direct] I don't have permission to post in this conversation. { $cost }
   *[server] I don't have permission to post in this channel. A server manager can allow it in the channel settings. { $cost }
}
problem-direct-messages-closed = I can't send you DMs, so I couldn't deliver the image. { $cost }
problem-thread-locked = This thread is locked, so I couldn't post the image. { $cost }
problem-explicit-content = Discord's explicit content filter blocked the image. { $cost }
problem-blocked-by-automod = AutoMod blocked my message, so I couldn't post the image. { $cost }
problem-harmful-link = Discord blocked my message because it contains a link that Discord considers harmful. { $cost }
problem-not-shown = Discord rejected my message for an unknown reason, so I couldn't post the image. { $cost }
problem-response-expired = Discord allows 15 minutes for this reply, and the image took longer. { $cost }
problem-cancelled = Cancelled. { $cost }
problem-arrived-late = This image arrived after its request had failed. { -given-back } You can keep it: see `/history`.
problem-answered-too-late = Discord did not receive my answer in time. { -free } Send the command again.
problem-stored-too-late = I couldn't store your request in time, so I didn't start it. { -free } Try again.
problem-restarted = I restarted before I could start your request. { -free } Send the command again.
problem-internal = Something went wrong. { -given-back } Try again; if it happens again, { -tell-operator }.

## What a job cost whose message could not be shown

cost-not-made = { -free } Try again if you still want the image.
cost-nothing = { -free } The image is still saved.
cost-made = The image was generated and charged. You can find it in `/history`.

## Errors before a request was taken

error-unexpected = Something went wrong. { -free } Try again; if it happens again, tell the bot owner.
error-storage = I can't store your request right now, so I didn't start it. { -free } Try again in a minute; if it happens again, tell the bot owner.
error-not-allowed = You can't use this here. { -free }
error-forbidden = Discord rejected that post: a permission is missing, or AutoMod blocked the text. A server manager can fix either.
error-discord-busy = Discord is busy. Try again in a minute.
error-outdated = This command was updated. { -free } Try again in a minute.
you-wrote = You wrote:
you-wrote-part = You wrote, part { $number } of { $count }:

## What whoever runs the bot is told

alert-flux-authentication = **Flux no longer accepts FLUX_API_TOKEN.** Renew the token in `.env` and restart the bot. { -meanwhile }
alert-flux-out-of-credits = **The Flux account has run out of credits.** Add credits. { -meanwhile }

## A job's card

status-line = **Queued (#{ $position })**, ready { $when }
status-line-far = **Queued (after more than { $counted } others)**, ready { $when }
status-drawing = **Generating**, ready { $when }
status-editing = **Editing**, ready { $when }
status-partial = **{ $done } of { $count } done**
status-uncertain = **Flux did not confirm your request: it had an error (such as 500), or the connection broke.** I keep looking for your image for 15 minutes. Nothing is sent or charged twice.
status-overdue = **This is taking longer than usual.** The image will appear here if it is ready within a day. You can send other requests meanwhile.
status-cancel-asked = **Cancelled.** Flux had already started, so you are charged. When the image is ready, you'll find it in `/history`.
status-collect = **Still generating.** Discord closes this reply after 15 minutes. Press { button-collect } to keep it open for 15 more.
fact-asked-by = Requested by { $who }
fact-picture-of = image { $number } of { $count }
fact-pictures-came = { $done } of { $count } images
fact-seconds = { $seconds } s
fact-job = job { $job }
credits = { $amount } credits
credits-about = about { $amount } credits

## What a picture shows, for those who do not see it

alt-picture = Image: { $prompt }
alt-picture-of = Image { $number } of { $count }: { $prompt }
alt-edited = Edited image: { $prompt }
alt-source = Image being edited
alt-before = Before: { $alt }
alt-before-unknown = Before: original image
alt-after = After: { $alt }

## Limits

kind-microcredits-per-day = Credits per day
kind-microcredits-per-month = Credits per month
kind-pictures-per-day = Pictures per day
kind-pictures-per-month = Pictures per month
kind-cooldown-s = Seconds between two requests
kind-pictures-per-request = Pictures of one request
kind-jobs-at-once = Requests under way at once
limit-none = { $kind }: no limit
limit-microcredits-per-day = { $amount } credits a day
limit-microcredits-per-month = { $amount } credits a month
limit-pictures-per-day = { $amount ->
        [one] { $amount } picture a day
       *[other] { $amount } pictures a day
    }
limit-pictures-per-month = { $amount ->
        [one] { $amount } picture a month
       *[other] { $amount } pictures a month
    }
limit-cooldown-s = { $amount } s between two requests
limit-pictures-per-request = { $amount ->
        [one] { $amount } picture at once
       *[other] up to { $amount } pictures at once
    }
limit-jobs-at-once = { $amount ->
        [one] { $amount } request under way
       *[other] up to { $amount } requests under way
    }
used-microcredits-per-day = { $used } of { $most } credits today
used-microcredits-per-month = { $used } of { $most } credits this month
used-pictures-per-day = { $used } of { $most } today
used-pictures-per-month = { $used } of { $most } this month
budget-warning = **This server has used { $used } of { $limit }.** When it is all used, I make no more pictures here until it begins anew { $frees_at }. `/limits` shares it out among roles and people; whoever runs this bot can raise it.
limit-line = { $who }: { $limit }
limit-line-used = { $who }: { $limit }, { $used } used
limit-set = { $line }. Before, nothing of this kind was set.
limit-changed = { $line }. Before: { $before }.
limit-cleared = No longer set is { $line }.
limit-unknown = There is no such limit any more. Nothing was changed. `/limits show` lists those that there are.
limit-not-of-a-whole = A whole server, the whole bot and a person everywhere can be limited in pictures and credits per day or month. Nothing was changed. Set this for a role or a person of a server; @everyone is everybody there.
limits-heading = **Limits: { $where }**
limits-besides = Besides, for each person in the whole bot: { $limits }.
limits-in-utc = -# Days and months begin at midnight UTC.
limits-of-person = **What holds here for { $who }**
limits-of-a-whole = What a whole server may use is for whoever runs this bot to say. Nothing was changed. Name a `role` or a `user`; the role @everyone is everybody here.
limits-of-which-server = Say for which `server`, or choose `everywhere`. Nothing was changed.
limits-do-not-fit = These options do not go together: a limit is for one role or one person, or for the whole of one server or of the bot, and a role is of this server alone. Nothing was changed.
too-many-limits = There are 50 limits already, and that is the most. Nothing was changed. Take one away with `/limits clear`.
no-limits = No limits are set.
no-limit = No limit
amount-of-credits = { $typed } is no amount of credits. Nothing was changed. Type a number from { $least } to { $most }, such as 2.5, or pick No limit.
amount-whole = { $typed } is no such amount. Nothing was changed. Type a whole number from { $least } to { $most }, or pick No limit.
server-unknown = I am in no such server. Nothing was changed. Pick one of those suggested.
server-left = Server { $id }, which I am not in
the-whole-bot = The whole bot
role-deleted = Deleted role { $id }
budget-person = In the whole bot
budget-member = In this server
budget-server = This server as a whole

## Access

access-line = { $effect ->
        [deny] Denied
       *[allow] Allowed
    } to { $who }: { $model ->
        [every] every model
       *[one] { $model }
    }, { $where ->
        [every] in every channel
       *[one] in { $where }
    }
access-set = { $line }.
access-turned = { $line }. Before it was the other way round.
access-closes = From now on, nothing but what is allowed can be used in this server.
access-cleared = No longer set is: { $line }.
access-heading = **Access**
access-open = Nothing is set: everybody may use every model in every channel.
access-open-but = Everything else is allowed.
access-closed = Everything else is refused. What is denied is denied, whatever else allows it.
access-of-person = In this channel, { $who } may use { $models }: { $most }.
access-of-person-nothing = In this channel, { $who } may use nothing.
access-unknown = There is no such rule any more. Nothing was changed. `/access show` lists those that there are.
too-many-access-rules = There are 50 such rules already, and that is the most. Nothing was changed. Take one away with `/access clear`.

## Buttons and choices

button-cancel = Cancel
button-retry = Try again
button-collect = Get image
button-again = Regenerate
button-edit = Edit
button-change = Edit prompt
button-details = Details
button-delete = Delete
button-start-again = Edit this version
button-post = Post here
button-ask = Delete from history
button-remove = Delete permanently
button-show = Cancel
button-newer = Newer
button-older = Older
choose-one = Select an image
open-one = Select an entry to post, edit or delete
picture-number = Image { $number }
picture-number-named = Image { $number }: { $name }

## Forms

form-edit = Edit image
form-change = Edit prompt
form-retry = Try again
form-what-changes = What should change
form-what-to-show = Prompt
form-which-picture = Image
form-model = Model
form-shape = Aspect ratio
form-own-shape = Same as original
form-count = Number of images

## Models and sizes

model-flux-dev = fast and cheap, good for trying ideas
model-flux-pro = finer detail, good for most final images
model-flux-pro-1-1 = sharper, follows the prompt better than flux-pro
model-flux-pro-1-1-ultra = very large and photorealistic
model-flux-kontext-pro = edits an image and keeps the rest unchanged
model-flux-kontext-max = most precise edits, and text in images
model-flux-2-klein = fastest of the newer models
model-flux-2-flex = newer, good with text and layouts
model-flux-2-pro = newer, versatile, also edits
model-flux-2-max = newer, finest detail
suggested-model = { $model }: { $good } (about { $credits } credits, { $seconds } s)
suggested-count = { $count ->
        [one] { $count } image
       *[other] { $count } images
    }
suggested-count-priced = { $count ->
        [one] { $count } image (about { $credits } credits)
       *[other] { $count } images (about { $credits } credits)
    }
suggested-model-default = { $model }: default, { $good } (about { $credits } credits, { $seconds } s)
size-square = Square { $size }
size-landscape = Landscape { $size }
size-portrait = Portrait { $size }
size-pixels = { $width } × { $height } pixels
size-pixels-typed = { $width } × { $height } pixels, as typed

## Details

details-heading = **Details**
details-asked = Requested by { $who }, { $when }: { $state }
details-model = Model: { $model }
details-size = Size: { $size }
details-size-made = Size: { $size }, generated as { $pixels }
details-count = Images: { $count }
details-spoiler = Spoiler: hidden until clicked
details-private = Private: only the requester can see it
details-price = Cost: { $credits }, charged by Flux
details-price-estimated = Cost: { $credits }, estimated
details-price-none = Cost: { $credits }, not charged or refunded
details-took = Time: { $seconds } s
details-job = Job: `{ $job }`
details-task = Flux task: { $task }
details-trace = Flux trace: { $trace }
details-before-after = **Before and after**
details-originals = **Original files from Flux**, before they were made smaller for Discord
details-left-out = An original is too large for Discord. The bot owner can send it to you by the job number above.
family-heading = **Versions**
family-heading-several = **Versions**, oldest first
family-more = { $count ->
        [one] { $count } more is not shown
       *[other] { $count } more are not shown
    }
family-this-one = **this version**
family-began-here = Started from [this image]({ $link }).
family-began-elsewhere = Started from an uploaded image.
go-to-it = Jump to message

## States of a request, as one reads them in a list

state-queued = queued
state-submitting = sending to Flux
state-uncertain = checking with Flux
state-running = in progress
state-fetched = ready, being posted
state-delivered = done
state-refused = refused
state-failed = failed
state-cancelled = cancelled
state-overdue = taking longer than usual
state-kept = { $state }, image saved

## History

history-heading = **Your images**
history-range = { $first } to { $last }, newest first
history-only-drawings = generated images only
history-only-edits = edits only
history-words = containing "{ $words }"
history-empty = You have no images yet. Use `/imagine` to generate one.
history-nothing-found = No matches. Use `/history` without words to see all your images.
entry-edit = edit
entry-pictures = { $count } images
entry-gone = no longer saved
sure-to-remove = **Delete this permanently?** It is removed from `/history` and from this bot's disk. Messages in channels stay until you delete them there.
removed = Deleted from `/history` and from this bot's disk.
not-yet-removable = This request is still in progress. Try again in a minute.
no-longer-kept = These images are no longer saved here. Their message may still be in its channel.

## Where the bot can post

doctor-all-fine = I have all that I need in { $count ->
        [one] the one channel
       *[other] all { $count } channels
    } that you can see.
doctor-some-lacking = In { $broken } of the { $count } channels that you can see I lack something:
doctor-lacking = { $channel }: { $permissions }
doctor-more = … and { $count } more.
doctor-mend = Open Edit Channel, then Permissions, choose my role and allow them.
doctor-no-member = I am in this server with my commands only, so I answer everywhere and post nothing of my own. To change that, invite me again with the bot scope; `python bot.py doctor` prints the link.

## Presses and commands that are not for this person, or no longer of use

unknown-job = This request no longer exists. { -free }
not-yours-to-cancel = Only the requester or a moderator of this channel can cancel this request.
not-yours-to-repeat = Only the requester can retry this request. Use the command yourself.
not-yours-to-collect = Only the requester can get this image.
not-yours-to-delete = Only the requester or a moderator of this channel can delete this image.
not-yours-to-show = Only the requester can select one of these images. Use { button-edit } to edit one of them.
not-yours-to-choose = Only the author of the message can select the image. Reply to the image yourself.
no-picture = This message has no image that I can edit. Choose one with a PNG, JPEG or WebP.
not-mine = I didn't generate an image in this message, so there are no details. Edit image still works with it.
picture-gone = This image is no longer saved here. If its message still exists, right-click it and choose Apps, Edit image.
age-restricted = This image is from an age-restricted channel, so it can only be shown in one. Try again there or in a DM with me.
draft-gone = This form has expired. Open it again.

## Replies and mentions

say-what = Describe what should change, for example `make it night`. Reply to the image again.
say-what-to-make = Reply to an image, or attach one, and describe what should change. Use `/imagine` to generate images from a prompt.
no-picture-there = I can't find an image in that message. Reply to one with an image, or attach a PNG, JPEG or WebP.
picture-not-shown = Discord doesn't show me other people's messages. Right-click or long-press the image and choose Apps, Edit image. The bot owner can also enable MESSAGE_CONTENT_INTENT.
message-is-gone = That message was deleted. Attach the image yourself.
not-finished = That image is not finished yet. Reply again when it is ready.
so-many-pictures = That message has { $count } images. Start with a valid number, for example `1: make it night`.
replies-are-off = Editing by reply or mention is disabled in this server. Use `/edit`, or right-click or long-press the image and choose Apps, Edit image.
words-alone-are-off = Generating images by mention is disabled in this server. Use `/imagine`, or reply to an image and describe what should change.
direct-messages-closed = I can't send you DMs, so I didn't start. { -free } Allow DMs from me, or leave out `private:true`.
private-words = Private images from a mention only work in DMs. Send me a DM, or use `/imagine` with `private`.
which-picture = **Which image?** Next time, start with its number, for example `2: make it night`.

## Moderation

not-the-operator = Only whoever runs this bot can decide for all of it. Nothing was changed. Leave `everywhere` out to decide for this server.
rule-added = Requests that hold ||{ $found }|| are refused from now on. `/moderation words test` tries what it finds.
rule-on-trial = Requests that hold ||{ $found }|| are noted from now on, and made all the same. Add it again without `test` to refuse them.
rule-removed = Requests may hold ||{ $found }|| again.
rule-unusable = A rule needs a word of at least two letters, or one Chinese character, and has at most 100. Nothing was changed. A single letter would be found in nearly every request.
rule-unknown = There is no rule of these words. Nothing was changed. `/moderation words list` shows those that there are.
too-many-word-rules = There are 200 rules already, and that is the most. Nothing was changed. Remove one with `/moderation words remove`.
no-word-rules = There are no word rules yet. `/moderation words add` makes one.
word-rules = **Words that no request may hold: { $count }**
word-rule-on-trial = { $found } (on trial: only noted)
no-rule-finds-it = No rule finds anything in it.
rules-that-find-it = **Found by:**
nobody-blocked = Nobody is blocked.
blocked-people = **May ask for no pictures: { $count }**
block-line = { $who }, until somebody unblocks them: { $reason }
block-line-until = { $who }, ends { $until }: { $reason }
somebody-deleted = somebody who deleted their data
and-more = … and { $count } more
not-blocked = They are not blocked. Nothing was changed.
not-yourself = You cannot block yourself. Nothing was changed.
unblocked = { $who } may ask for pictures again.

## Entries in a server's log, and reports

entry-on-trial = A rule on trial would have refused this: { $found }
entry-hidden = Age-restricted: neither the prompt nor the picture is shown in this channel.
entry-report = **Reported** by { $who }: { $reason }
entry-removed = **Removed** by { $who }
entry-posted-again = **Posted again**: { $where }
button-jump = Open
button-remove-message = Remove
button-block = Block
form-report = Report image
form-report-reason = What is wrong with it?
form-block = Let somebody ask for no pictures
form-block-reason = Why? They are told.
form-block-end = For how long?
end-hour = An hour
end-day = A day
end-week = A week
end-month = 30 days
end-never = Until somebody unblocks them
not-mine-to-report = I did not make a picture of this message, or keep it no longer, so I cannot take a report of it. Tell a moderator of this server.
report-of-nothing = That picture is gone, so there is nothing left to report. If you saw it elsewhere, tell a moderator of this server.
reported-too-often = You reported this already, or five pictures within an hour, which is the most. Nothing was sent. Tell a moderator of this server if it cannot wait.
report-not-given = I could not bring your report before anybody. Tell a moderator of this server.
reported = Thank you. Your report is with those who decide about it.
not-yours-to-remove = Only those who may manage messages where the picture stands can remove it. Nothing was changed.
not-mine-to-remove = Discord does not let me remove that message. Nothing was changed. Open it and delete it there.
not-yours-to-block = Only those who may manage this server can block somebody in it. Nothing was changed.

## Privacy

sure-to-forget = **Delete everything that I keep about you?** This cannot be undone.
    Gone are your prompts, pictures, drafts, styles and history, your name and every number that leads to you or your messages. Requests under way are cancelled, and what they cost stays paid.
    What stays: what was spent, without you. Until the month is over, a code that only this bot can make of your id keeps your budget as it is, and any block of yours until its end.
    Messages on Discord stay where they are: delete those before, with their own button. `/privacy export` gives you everything first.
button-forget = Delete everything
forgetting = Deleting. This can take a while.
forgotten = **Deleted.** I keep nothing that leads to you any more. Asking me for something new begins anew.
forgotten-but = Requests still under way: { $requests }. They are cancelled, and go as soon as they have ended, within a day at the latest.
forgotten-soon = Another program is reading my database just now. The last traces go when it lets go of it.
exported = **Everything that I keep about you.** Requests in it: { $requests }, pictures: { $pictures }.
exported-part = Part { $number }
exported-requests-left-out = Requests for which there was no room: { $requests }, the oldest. Whoever runs this bot can give you those.
exported-pictures-lost = Pictures that are gone, or too large for Discord: { $pictures }.
exported-pictures-left-out = Pictures for which there was no room: { $pictures }. `/privacy export skip:{ $skip }` goes on from there; `/history` shows each of them.
export-under-way = Your last export is still being put together. Nothing new was begun; it comes by itself.

## Styles

style-saved = The style **{ $name }** is saved. Choose it as `style` of `/imagine` and `/edit`.
style-replaced = The style **{ $name }** is saved, in place of the older one of that name.
style-deleted = The style **{ $name }** is deleted. Pictures made in it stay as they are.
style-unknown = There is no style called { $name } here. { -free } `/style list` shows those that you can use.
style-empty = A style needs a name and something to bring along. Nothing was saved. Give it words before or after the prompt, a model or a size.
too-many-styles = There are 25 styles already, and that is the most. Nothing was saved. Delete one with `/style delete`, or save this one under a name that is taken.
no-styles = There are no styles here yet. `/style save` makes one.
no-server-here = This is no server, so it can have no styles. Leave `server` out.
not-yours-to-style = Only those who may manage this server can change its styles. Nothing was changed. Leave `server` out to have a style of your own.
styles-user = Your styles
styles-guild = Styles of this server
style-words = { $before } [prompt] { $after }
suggested-style = { $name }: { $words }
suggested-style-guild = { $name } (this server's): { $words }

## What servers and people choose

language-name = English
settings-heading = **What this server chose**
settings-saved = **Saved.** What this server chose:
preferences-heading = **Your preferences**, in every server and in direct messages. What a request names goes before them.
preferences-saved = **Saved.** Your preferences, in every server and in direct messages:
chosen-model = Model of pictures from words: { $value }
chosen-edit-model = Model of edits: { $value }
chosen-size = Size of pictures from words: { $value }
chosen-count = Pictures of a request: { $value }
chosen-spoiler = Hidden until somebody clicks: { $value }
chosen-private = Shown to you alone: { $value }
chosen-counted = Named in statistics: { $value }
chosen-language = Language of what everybody reads: { $value }
chosen-log-channel = Moderators see every picture in: { $value }
value-nowhere = nowhere
log-channel-closed = I may not see that channel, write there or attach files. Nothing was changed. Let me do that there, then choose it again.
chosen-retention = Prompts and pictures are kept { $value }
choose-nothing = Default: as where nothing is chosen
not-chosen = { $value } (nothing chosen)
value-yes = yes
value-no = no
value-days = { $days ->
        [one] { $days } day
       *[other] { $days } days
    }
value-for-ever = for ever
value-as-discord = as this server tells Discord
value-as-operator = as long as whoever runs this bot decides
reply-edits-everyone = A reply to a picture of mine now edits it, whoever writes it.
reply-edits-requester = A reply to a picture of mine now edits it if its requester writes it; others mention me in their words.
reply-edits-mention = A reply to a picture now edits it only if its words mention me.
reply-edits-off = Replies and mentions now edit no pictures in this server.
mention-generates-on = A mention of me with words alone now makes a picture.
mention-generates-off = A mention of me with words alone now makes no picture.

## Usage

usage-mine = Your usage
usage-server = Usage of this server
usage-all = Usage of the whole bot
usage-day = Today, { $first } (UTC)
usage-week = This week, { $first } to { $last } (UTC)
usage-month = This month, { $first } to { $last } (UTC)
usage-nothing = No requests in this period.
usage-totals =
    { $pictures ->
        [one] 1 image
       *[other] { $pictures } images
    } · { $credits }
usage-requests =
    { $requests ->
        [one] 1 request
       *[other] { $requests } requests
    }
usage-house = Not included: { $credits } that Flux charged for images that could not be delivered
usage-success = Success rate { $percent }% ({ $delivered } of { $ended })
usage-seconds = Median { $median } s, p95 { $p95 } s
usage-models = **By model**
usage-commands = **By command**
usage-people = **Top users**
usage-part =
    { $name } · { $pictures ->
        [one] 1 image
       *[other] { $pictures } images
    } · { $credits }
usage-table =
    { $count ->
        [one] The one request as a table:
       *[other] All { $count } requests as a table, the newest first:
    }
usage-table-cut = The newest { $count } requests as a table; Discord takes no larger file. A shorter time has fewer.
usage-withheld = Left out of it: what was asked for privately, and who does not want to be named.
usage-restricted = Prompts from age-restricted channels are left out, except in such a channel.
chart-dates = { $first } to { $last }
chart-unit-credits-hour = Credits per hour (UTC), by model
chart-unit-credits-day = Credits per day (UTC), by model
chart-unit-images-hour = Images per hour (UTC), by model
chart-unit-images-day = Images per day (UTC), by model
chart-other = Other
chart-budget-day = Budget: { $amount } a day
chart-budget-month = Budget: { $amount } a month, { $each } a day
alt-usage = Chart: { $unit }. Total { $total }, highest { $most } ({ $when }).{ $budget ->
        [none] { "" }
       *[other] { " " }{ $budget }.
    }
alt-usage-nothing = Chart: { $unit }. { $nothing }
not-yours-to-see-server = Only those who may manage this server can see its usage. Choose yours.
not-yours-to-see-all = Only whoever runs this bot can see the usage of all. Choose yours.

## Discord's permissions, named as Discord does

permission-view-channel = View Channel
permission-send-messages = Send Messages
permission-send-messages-in-threads = Send Messages in Threads
permission-attach-files = Attach Files
permission-read-message-history = Read Message History
list-of-two = { $first }, { $second }
