### English: every sentence and word that people read.
###
### Other languages are files beside this one, with the same ids, attributes and variables.
### The commands' own words stand in the code, in English, and in those files as `command-...`.

## Phrases that several sentences share

-ask-for-less = Request fewer images or a cheaper model
-free = Nothing was charged
-uncharged = nothing was charged
-refunded = you were refunded
-operator = The bot owner
-tell-operator = report the job number below to the bot owner
-meanwhile = Queued requests have failed at no cost. One new request a minute is sent to check whether Flux works again.

## Refusals and failures: what happened, what it cost, what to do

problem-prompt-empty = The prompt is empty. Describe the image in a few words.
problem-prompt-too-long = The prompt has { $characters } characters; the limit is 2,000. Shorten it and try again.
problem-model-unknown = There is no model called { $model }. Choose one of the suggested models.
problem-model-cannot-edit = { $model } cannot edit images. Choose one of the suggested models.
problem-size-unknown = { $size } is not a valid size. Use a ratio such as 16:9, or pixels such as 1344x768.
problem-size-not-for-model = { $model } does not support the size { $size }. Choose one of the suggested sizes, or another model.
problem-count-out-of-range = { $count } is not a valid number of images. Use 1 to 4.
problem-blocked = You're blocked from generating images; ask a server manager or the bot owner to unblock you. Reason: "{ $reason }"
problem-blocked-for-a-while = You're blocked from generating images; the block ends { $until }. Reason: "{ $reason }"
problem-words-not-allowed = Your prompt contains blocked words: ||{ $found }||. Rephrase your prompt.
problem-place-not-allowed = Image generation is disabled in this channel. { $channels ->
        [none] Ask a server manager to enable it.
       *[other] Use { $channels } instead.
    }
problem-person-not-allowed = You don't have access to image generation here. Ask a server manager for access.
problem-model-not-allowed = You don't have access to { $model } here. { $models ->
        [none] Ask a server manager for access.
       *[other] You can use { $models }.
    }
problem-count-not-allowed = You requested { $count } images; the limit here is { $most } per request. Request fewer.
problem-too-many-jobs = You have reached the limit of requests in progress. { $frees ->
        [never] Try again when one of them is done.
       *[later] The first should be done { $frees_at }.
    }
problem-cooling-down = You're sending requests too quickly. You can send the next one { $frees_at }.
problem-user-budget-spent = { $frees ->
        [never] This request alone exceeds your limit of { $limit }. { -ask-for-less }.
       *[later] This would exceed your limit of { $limit }. { -ask-for-less }, or try again { $frees_at }.
    }
problem-server-budget-spent = { $frees ->
        [never] This request alone exceeds this server's limit of { $limit }, set by { $setter ->
            [managers] its managers
           *[owner] the bot owner
        }. { -ask-for-less }.
       *[later] This would exceed this server's limit of { $limit }, set by { $setter ->
            [managers] its managers
           *[owner] the bot owner
        }. { -ask-for-less }, or try again { $frees_at }.
    }
problem-total-budget-spent = { $frees ->
        [never] This request alone exceeds the bot's limit of { $limit }. { -ask-for-less }.
       *[later] This would exceed the bot's limit of { $limit }. { -ask-for-less }, or try again { $frees_at }.
    }
problem-clicked-twice = Already working on it.
problem-permissions-missing = I need these permissions in this channel: { $permissions }. A server manager can allow them in the channel settings.
problem-source-not-a-picture = I can't read that file as an image, so { -uncharged }. Attach a PNG, JPEG, WebP, GIF, AVIF or HEIC.
problem-source-too-large = That file is larger than 25 MB, so { -uncharged }. Attach a smaller one, for example a JPEG.
problem-source-too-many-pixels = { $megapixels ->
    [unknown] That image exceeds the limit of { $limit } megapixels,
   *[other] That image has { $megapixels } megapixels and the limit is { $limit },
 } so { -uncharged }. Attach a smaller one.
problem-sources-too-many-pixels = Together, these images have more than { $limit } megapixels, so { -uncharged }. Attach smaller or fewer ones.
problem-of-image = Image { $number }: { $problem }
problem-source-too-costly = That image takes too much time or memory to open, so { -uncharged }. Save it again, for example as a JPEG, and attach that.
problem-source-unreachable = I can no longer read the image to edit, so { -uncharged }. Attach it again.
problem-model-not-offered = Flux does not currently offer { $model } to this bot, so { -uncharged }. Choose another model.
problem-flux-bad-request = Flux does not accept this combination of model, size and prompt, so { -uncharged }. Try another model or size.
problem-flux-authentication = Flux does not accept this bot's token, so { -uncharged }. { -operator } needs to renew FLUX_API_TOKEN.
problem-flux-out-of-credits = The bot's Flux account has run out of credits, so { -uncharged }. { -operator } needs to add credits.
problem-flux-bad-source = Flux did not accept the image to edit, so { -uncharged }. Try another image, or save this one as a JPEG or PNG.
problem-flux-refused-content = Flux's content filter blocked this request, so { -uncharged }. Rephrase your prompt or use another image.
problem-flux-rate-limited = Flux is receiving too many requests, so { -uncharged }. Try again in a minute.
problem-flux-unavailable = { $flux }, so { -uncharged }. Try again in a few minutes.
problem-flux-failed = Flux failed to generate this image, so { -uncharged }. Try again; it often works the second time.
problem-answer-lost = { $flux }, so { -refunded }. Try again if you still want the image; if it arrives later, `/history` shows it for free.
problem-overdue = Flux did not finish this image within a day, so { -refunded }. Try again if you still want it.
problem-spool-unavailable = I can't store your image right now, so { -uncharged }. { -operator } needs to check DATA_DIR or IMAGE_STORE_URL.
problem-result-unreachable = Flux generated this image, but I can't download it, so { -refunded }. Try again; if it happens again, { -tell-operator }.
problem-result-unusable = Flux returned a file that is not a usable image, so { -refunded }. Try again; if it happens again, { -tell-operator }.
problem-result-too-large = The image is saved and charged, but too large for Discord even when reduced. The bot owner can send it to you by the job number below.
problem-message-gone = The message or its channel was deleted before the image could be posted. { $cost }
problem-place-forbidden = { $place ->
    [direct] I don't have permission to post in this conversation. { $cost }
   *[server] I don't have permission to post in this channel; a server manager can allow it. { $cost }
}
problem-direct-messages-closed = I can't send you DMs, so I couldn't deliver the image. { $cost }
problem-thread-locked = This thread is locked, so I couldn't post the image. { $cost }
problem-explicit-content = Discord's explicit content filter blocked the image. { $cost }
problem-blocked-by-automod = AutoMod blocked my message, so I couldn't post the image. { $cost }
problem-harmful-link = Discord blocked my message because it contains a link that Discord considers harmful. { $cost }
problem-not-shown = Discord rejected my message for an unknown reason, so I couldn't post the image. { $cost }
problem-response-expired = Discord only keeps this reply open for 15 minutes, and the image took longer. { $cost }
problem-cancelled = Cancelled. { $cost }
problem-arrived-late = This image arrived after its request had failed, so { -refunded }. You can keep it: see `/history`.
problem-answered-too-late = Discord did not receive my answer in time, so { -uncharged }. Send the command again.
problem-stored-too-late = I couldn't store your request in time, so { -uncharged }. Try again.
problem-restarted = I restarted before I could start your request, so { -uncharged }. Send the command again.
problem-internal = Something went wrong, so { -refunded }. Try again; if it happens again, { -tell-operator }.

## Errors of Flux

flux-error = { $error ->
    [unconfirmed] Flux did not confirm your request
    [unavailable] Flux is unavailable
    [timeout] Flux did not respond in time
    [disconnected] The connection to Flux was lost
    [unreachable] I can't reach Flux
    [429] Flux is busy (429)
   *[status] Flux has an error ({ $error })
}

## Cost of a job whose message could not be shown

cost-not-made = { -free }; try again if you still want the image.
cost-nothing = { -free }, and the image is still saved.
cost-made = The image was generated and charged; you can find it in `/history`.

## Errors before a request was taken

error-unexpected = Something went wrong, so { -uncharged }. Try again; if it happens again, tell the bot owner.
error-images = I can't read the stored images right now. Try again in a minute; if it happens again, tell the bot owner.
error-storage = I can't store your request right now, so { -uncharged }. Try again in a minute; if it happens again, tell the bot owner.
error-not-allowed = You can't use this here.
error-forbidden = Discord rejected that post: a permission is missing, or AutoMod blocked the text. Ask a server manager.
error-discord-busy = Discord is busy. Try again in a minute.
error-outdated = This command was updated. Try again in a minute.
you-wrote = You wrote:
you-wrote-part = You wrote, part { $number } of { $count }:

## Alerts for the bot owner

alert-flux-authentication = **Flux no longer accepts FLUX_API_TOKEN.** Renew the token in `.env` and restart the bot. { -meanwhile }
alert-flux-out-of-credits = **The Flux account has run out of credits.** Add credits. { -meanwhile }

## Job card

status-line = **Queued (#{ $position })**, ready { $when }
status-line-far = **Queued (#{ $counted }+)**, ready { $when }
status-drawing = **Generating**, ready { $when }
status-editing = **Editing**, ready { $when }
status-partial = **{ $done } of { $count } done**
status-retrying = **{ $flux }**, retrying
status-uncertain = **{ $flux }.** I'll keep looking for your image for 15 minutes; nothing is sent or charged twice.
status-overdue = **This is taking longer than usual.** The image will appear here if it is ready within a day; you can send other requests meanwhile.
status-cancel-asked = **Cancelled.** Flux had already started, so you are charged. When the image is ready, you'll find it in `/history`.
status-collect = **Still generating.** Press { button-collect } to keep this reply open; Discord closes it after 15 minutes.
fact-picture-of = image { $number } of { $count }
fact-pictures-came = { $done } of { $count } images
fact-seconds = { $seconds } s
fact-job = job { $job }
credits = { $amount ->
        [one] { $amount } credit
       *[other] { $amount } credits
    }
credits-about = about { credits }
credits-and-money = { $credits } ({ $money })

## Alt text

alt-picture = Image: { $prompt }
alt-picture-of = Image { $number } of { $count }: { $prompt }
alt-edited = Edited image: { $prompt }
alt-source = Image being edited
alt-before = Before: { $alt }
alt-before-unknown = Before: original image
alt-after = After: { $alt }

## Limits

unlimited-microcredits-per-day = no limit on credits per day
unlimited-microcredits-per-month = no limit on credits per month
unlimited-pictures-per-day = no limit on images per day
unlimited-pictures-per-month = no limit on images per month
unlimited-cooldown-s = no pause between requests
unlimited-pictures-per-request = no limit on images per request
unlimited-jobs-at-once = no limit on requests in progress
limit-microcredits-per-day = { credits } a day
limit-microcredits-per-month = { credits } a month
limit-pictures-per-day = { $amount ->
        [one] { $amount } image a day
       *[other] { $amount } images a day
    }
limit-pictures-per-month = { $amount ->
        [one] { $amount } image a month
       *[other] { $amount } images a month
    }
limit-cooldown-s = { $amount } s between requests
limit-pictures-per-request = { $amount ->
        [one] { $amount } image per request
       *[other] up to { $amount } images per request
    }
limit-jobs-at-once = { $amount ->
        [one] { $amount } request in progress
       *[other] up to { $amount } requests in progress
    }
used-microcredits-per-day = { $used } of { $most } credits today
used-microcredits-per-month = { $used } of { $most } credits this month
used-pictures-per-day = { $used } of { $most } today
used-pictures-per-month = { $used } of { $most } this month
budget-warning = **This server has used { $used } of { $limit }.** At the limit, image generation stops until it resets { $frees_at }. Change limits with `/limits`, or ask the bot owner to raise theirs.
limit-line = { $who }: { $limit }
limit-line-used = { $who }: { $limit }, { $used } used
limit-set = Limit set. { $line }.
limit-changed = Limit set. { $line }. Previously: { $before }.
limit-cleared = Removed: { $line }.
limit-unknown = That limit no longer exists. Use `/limits show` to see all limits.
limit-not-of-a-whole = This limit can only be set for a role or user in a server. Servers and the bot can only have image and credit limits per day or month.
limits-heading = **Limits: { $where }**
limits-more = Also: { $limits }.
limits-besides = For each user across the bot: { $limits }.
limits-in-utc = -# Days and months start at midnight UTC.
limits-of-person = **Limits for { $who } here**
limits-of-which-server = Choose a `server`, or `everywhere`.
limits-do-not-fit = These options can't be combined. Choose one role, user, server or `everywhere`; roles only work in their own server.
too-many-limits = The maximum of 50 limits is reached. Remove one with `/limits clear`.
no-limits = No limits are set.
no-limit = No limit
amount-of-credits = { $typed } is not a valid number of credits. Enter { $least } to { $most }, for example 2.5, or choose { no-limit }.
amount-whole = { $typed } is not a valid amount. Enter a whole number from { $least } to { $most }, or choose { no-limit }.
server-unknown = I'm not in that server. Choose one of the suggestions.
server-left = Server { $id } (bot not a member)
set-by-owner = { $whole } (set by the bot owner)
the-whole-bot = The whole bot
role-deleted = Deleted role { $id }
budget-person = Across the bot
budget-member = In this server
budget-server = The whole server

## Access

access-line = { $who } { $effect ->
        [deny] can't use
       *[allow] can use
    } { $model ->
        [every] { $effect ->
            [deny] any model
           *[allow] every model
        }
       *[one] { $model }
    } in { $where ->
        [every] { $effect ->
            [deny] any channel
           *[allow] every channel
        }
       *[one] { $where }
    }
access-set = { $line }.
access-turned = { $line }. The opposite rule was replaced.
access-confirm = **Only this would work in this server:** { $line }. This would stop working:
    { $stops }
access-stops-people = - Everything for everyone except { $who }
access-stops-models = - All models except { $model }
access-stops-edits = - All edits: { $model } can't edit images
access-stops-channels = - All channels except { $channel }
button-confirm-rule = Allow only this
access-closes = From now on, only what is allowed can be used in this server.
access-cleared = Removed: { $line }.
access-heading = **Access**
access-open = No rules: everyone can use every model in every channel.
access-open-but = Everything else is allowed.
access-closed = Everything else is denied. Deny rules override allow rules.
access-of-person = In this channel, { $who } can use { $models }: { $most }.
access-of-person-nothing = In this channel, { $who } can't use any model.
access-unknown = That rule no longer exists. Use `/access show` to see all rules.
too-many-access-rules = The maximum of 50 rules is reached. Remove one with `/access clear`.

## Buttons and choices

button-cancel = Cancel
button-retry = Try again
button-collect = Get image
button-again = Regenerate
button-edit = Edit
button-change = Edit prompt
button-details = Details
button-delete = Delete
button-one = Regenerate one · { $price }
button-original = Original
button-dm = Send to DM
button-start-again = Edit this version
button-post = Post here
button-ask = Delete from history
button-remove = Delete permanently
button-show = Cancel
button-newer = Newer
button-older = Older
open-one = Post, edit or delete an entry
picture-number = Image { $number }
picture-number-named = Image { $number }: { $name }

## Forms

form-edit = Edit image
form-delete = Delete message
sure-to-delete = **Delete this message?** You paid for this image; it stays in your `/history`.
sure-to-delete-of = **Delete this message?** { $who } paid for this image; it stays in their `/history`.
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
suggested-model = { $model }: { $good } ({ credits-about }, { $seconds } s)
suggested-count = { $count ->
        [one] { $count } image
       *[other] { $count } images
    }
suggested-count-priced = { $count ->
        [one] { $count } image ({ credits-about })
       *[other] { $count } images ({ credits-about })
    }
suggested-model-default = { $model }: default, { $good } ({ credits-about }, { $seconds } s)
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
details-price-none = Cost: { $credits }, not charged, or refunded
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

## States of a request in lists

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
age = { $unit ->
    [days] { $number ->
            [one] 1 day ago
           *[other] { $number } days ago
        }
    [hours] { $number } h ago
    [minutes] { $number } min ago
   *[seconds] { $number } s ago
}
entry-edit = edit
entry-pictures = { $count } images
entry-gone = no longer saved
entry-jump = Jump
sure-to-remove = **Delete this permanently?** It is removed from `/history` and from this bot's disk; messages in channels stay until you delete them there.
removed = Deleted from `/history` and from this bot's disk.
not-yet-removable = This request is still in progress. Try again in a minute.
no-longer-kept = These images are no longer saved here. Their message may still be in its channel.

## Permissions in channels

doctor-all-fine = OK: I have all permissions in { $count ->
        [one] the one channel
       *[other] all { $count } channels
    } that you can see.
doctor-some-lacking = Permissions are missing in { $broken } of the { $count } channels that you can see:
doctor-lacking = { $channel }: { $permissions }
doctor-more = … and { $count } more.
doctor-mend = To fix this, open Edit Channel, then Permissions, and allow them for my role.
doctor-no-member = I'm not a member of this server, so I can only answer commands. Invite me with the bot scope; `python bot.py doctor` prints the link.

## Refused or outdated clicks and commands

unknown-job = This request no longer exists.
not-yours-to-cancel = Only the requester or a moderator of this channel can cancel this request.
not-yours-to-repeat = Only the requester can retry this request. Use the command yourself.
not-yours-to-collect = Only the requester can get this image.
not-yours-to-delete = Only the requester or a moderator of this channel can delete this image.
not-yours-to-choose = Only the author of the message can select the image. Reply to the image yourself.
no-picture = This message has no image that I can edit. Choose a message with an image.
not-mine = This message has no image of mine, so there are no details. You can still use Edit image.
picture-gone = This image is no longer saved here. If its message still exists, right-click it and choose Apps, Edit image.
original-too-large = The original is too large for Discord here. The bot owner can send it to you by its job number, { $job }.
dm-sent = Sent to your DMs.
dm-closed = I can't send you DMs. Allow DMs from this server's members in its privacy settings, then try again.
no-dm-copy = I can't send you DMs, so you have this image only here. Allow DMs from this server's members in its privacy settings, or turn the copies off with `/preferences`.
age-restricted = This image is from an age-restricted channel, so it can only be shown in one. Try again there or in a DM with me.
draft-gone = This form has expired. Open it again.

## Replies and mentions

say-what = Describe what should change, for example `make it night`. Reply to the image again.
reply-hint = To edit this image, mention me in your reply.
no-picture-there = I can't find an image in that message. Reply to a message with an image, or attach one.
picture-not-shown = Discord doesn't show me other people's messages unless the bot owner enables MESSAGE_CONTENT_INTENT. Right-click or long-press the image and choose Apps, Edit image.
message-is-gone = That message was deleted. Attach the image yourself.
not-finished = That image is not finished yet. Reply again when it is ready.
so-many-pictures = That message has { $count } images. Start with a valid number, for example `1: make it night`.
replies-are-off = Editing by reply or mention is disabled in this server. Use `/edit`, or right-click or long-press the image and choose Apps, Edit image.
words-alone-are-off = Generating images by mention is disabled in this server. Use `/imagine`, or reply to an image and describe what should change.
direct-messages-closed = I can't send you DMs, so I didn't start. Allow DMs from me, or leave out `private:true`.
private-words = Private images from a mention only work in DMs. Send me a DM, or use `/imagine` with `private`.
which-picture = **Which image?** Next time, start with its number, for example `2: make it night`.

## Help

help-generate = { $way ->
    [direct] **Generate:** write me a prompt, for example `a lighthouse at dusk`, or use `/imagine`.
    [mention] **Generate:** `/imagine prompt:a lighthouse at dusk`, or mention me with a prompt.
   *[command] **Generate:** `/imagine prompt:a lighthouse at dusk`
}
help-edit = { $way ->
    [direct] **Edit:** reply to an image, or send me one, with what should change, for example `make it night`.
    [everyone] **Edit:** reply to one of my images with what should change, for example `make it night`. For any other image, use `/edit` or Apps, Edit image.
    [requester] **Edit:** reply to your image with what should change, for example `make it night`. For any other image, mention me too, or use `/edit` or Apps, Edit image.
    [mention] **Edit:** reply to an image, mention me and write what should change, for example `make it night`; or use `/edit` or Apps, Edit image.
   *[command] **Edit:** `/edit`, or right-click or long-press an image and choose Apps, Edit image. Then write what should change, for example `make it night`.
}
help-more = **More:** `/history` shows your images, `/usage` your limits, `/preferences` your defaults.
help-blocked = You're blocked from generating images here.
help-not-here = Image generation is disabled in this channel. { $channels ->
        [none] Ask a server manager to enable it.
       *[other] Use { $channels } instead.
    }
help-no-access = You don't have access to image generation here. Ask a server manager for access.
help-no-permission = I need these permissions in this channel: { $permissions }. A server manager can allow them in the channel settings.
help-manager = **For server managers**
    `/settings`: defaults, language, editing by reply, log channel (now { $log ->
        [none] none
       *[other] { $log }
    })
    `/limits`: how much the server, a role or a user can generate
    `/access`: who can use which model, and where
    `/moderation`: blocked words and blocked users
    `/usage`: the server's usage and cost
    `/doctor`: the permissions that I need
help-owner = **For the bot owner**
    `/usage`: usage and cost of all servers
    `/limits set` with `everywhere`: limits for all servers together
    `python bot.py doctor`: checks the setup

## Avatars

avatars-are-off = Editing avatars is disabled here. A server manager can enable it with `/settings`.
avatar-not-allowed = This member doesn't allow edits of their avatar.
no-avatar = This member has no avatar.
own-avatar-on = Others can edit your avatar where a server allows it.
own-avatar-off = Nobody can edit your avatar.
entry-avatar = Avatar of { $who }

## Moderation

not-the-operator = Only the bot owner can use `everywhere`. Leave it out to apply this to this server.
rule-added = Prompts containing ||{ $found }|| are now blocked. Check a text with `/moderation words test`.
rule-on-trial = Prompts containing ||{ $found }|| are now logged but not blocked. Add them again without `test` to block them.
rule-removed = Removed: ||{ $found }||.
rule-unusable = A blocked word needs at least two letters or one Chinese character, and has at most 100 characters. A single letter would match nearly every prompt.
rule-unknown = These words are not blocked. Use `/moderation words list` to see all blocked words.
too-many-word-rules = The maximum of 200 blocked words is reached. Remove one with `/moderation words remove`.
no-word-rules = There are no blocked words. Add one with `/moderation words add`.
word-rules = **Blocked words: { $count }**
word-rule-on-trial = { $found } (log only)
no-rule-finds-it = No matches.
rules-that-find-it = **Matches:**
nobody-blocked = Nobody is blocked.
blocked-people = **Blocked users: { $count }**
block-line = { $who }, no end date. Reason: "{ $reason }"
block-line-until = { $who }, until { $until }. Reason: "{ $reason }"
somebody-deleted = a user who deleted their data
and-more = … and { $count } more
not-blocked = This user is not blocked.
not-yourself = You can't block yourself.
unblocked = { $who } can generate images again.

## Entries in a server's log, and reports

entry-on-trial = A log-only rule matched: { $found }
entry-hidden = Age-restricted: prompt and image are hidden in this channel.
entry-report = **Reported** by { $who }: "{ $reason }"
entry-removed = **Removed** by { $who }
entry-posted-again = **Posted again**: { $where }
button-jump = Open
button-remove-message = Remove
button-block = Block
form-report = Report image
form-report-reason = What's wrong with it?
form-block = Block user
form-block-reason = Reason (shown to the user)
form-block-end = Duration
end-hour = 1 hour
end-day = 1 day
end-week = 1 week
end-month = 30 days
end-never = No end date
not-mine-to-report = I can't find an image of mine in this message. Tell a moderator of this server.
report-of-nothing = That image was deleted. If you saw it elsewhere, tell a moderator of this server.
reported-too-often = You already reported this, or reached the limit of five reports an hour. If it's urgent, tell a moderator of this server.
report-not-given = Your report could not be delivered. Tell a moderator of this server.
reported = Thank you. The moderators received your report.
not-yours-to-remove = You need the Manage Messages permission in the image's channel to remove it.
not-mine-to-remove = I don't have permission to remove that message. Open it and delete it there.
not-yours-to-block = You need the Manage Server permission to block users.

## Privacy

sure-to-forget = **Delete all your data?** This cannot be undone.
    Deleted: your prompts, images, drafts, styles, history, name and IDs. Requests in progress are cancelled and not refunded.
    Kept: amounts spent, without your identity, and a keyed hash of your ID (for your budget until the month ends, for blocks until they expire).
    Messages on Discord stay: delete them first with their own button. Use `/privacy export` to download your data first.
button-forget = Delete everything
forgetting = Deleting. This can take a while.
forgotten = **Deleted.** Your data is gone. New requests start a new history.
forgotten-but = Requests still in progress: { $requests }. They are cancelled and will be deleted within a day.
forgotten-soon = Another program is reading the database. The remaining data is deleted when it finishes.
exported = **Your data.** Requests: { $requests }, images: { $pictures }.
exported-part = Part { $number }
exported-requests-left-out = Oldest requests that did not fit: { $requests }. The bot owner can send them to you.
exported-pictures-lost = Images that were deleted or are too large for Discord: { $pictures }.
exported-pictures-left-out = Images that did not fit: { $pictures }. Use `/privacy export skip:{ $skip }` for the next part; `/history` shows each of them.
export-under-way = Your last export is still in progress. You'll get it when it's ready.

## Styles

style-saved = Style **{ $name }** saved. Select it as `style` in `/imagine` and `/edit`.
style-replaced = Style **{ $name }** replaced.
style-deleted = Style **{ $name }** deleted. Its images stay.
style-unknown = There is no style called { $name } here. Use `/style list` to see the styles you can use.
style-empty = A style needs a name and at least one setting. Add text before or after the prompt, a model or a size.
too-many-styles = The maximum of 25 styles is reached. Delete one with `/style delete`, or reuse a name.
no-styles = There are no styles here yet. Save one with `/style save`.
no-server-here = This is not a server. Leave out `server`.
not-yours-to-style = You need the Manage Server permission to change server styles. Leave out `server` to save your own.
styles-user = Your styles
styles-guild = Server styles
style-words = { $before } [prompt] { $after }
suggested-style = { $name }: { $words }
suggested-style-guild = { $name } (server): { $words }

## Settings and preferences

language-name = English
panel-heading-server = **Server settings**
panel-heading-own = **Your preferences**, in all servers and DMs. Options in a request override them.
panel-default-model = Model
panel-default-edit-model = Edit model
panel-default-size = Size
panel-default-count = Images per request
panel-language = Language
panel-retention-days = Retention
panel-log-channel-id = Log channel
panel-reply-edits = Edit by reply
panel-spoiler = Spoiler
panel-mention-generates = Generate by mention
panel-avatars = Allow avatar edits
panel-private = Private results
panel-dm = Send to DMs too
panel-counted = Show my name in server statistics
panel-value = { $name }: { $value }
panel-save = Save
panel-saved = **Saved.**
panel-unsaved = Not saved yet.
panel-conflict = These settings changed while this panel was open:
    { $changes }
    Your changes are **not saved yet**. Check them, then press Save again.
message-over = This message is older than 15 minutes, so nothing was saved. Use { $command } again.
value-nowhere = None
log-channel-closed = I need View Channel, Send Messages and Attach Files in that channel. Allow them, then choose the channel again.
not-chosen = { $value } (default)
value-yes = yes
value-no = no
value-days = { $days ->
        [one] { $days } day
       *[other] { $days } days
    }
value-for-ever = Unlimited
value-as-discord = Server's Discord language
value-as-operator = Set by the bot owner
reply-edits-everyone = Everyone
reply-edits-requester = Requester; others by mention
reply-edits-mention = Anyone who mentions me
reply-edits-off = Nobody

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
usage-limits = **Limits**
usage-left = { $whose }: { $left } left of { $limit }, renews { $renewed_at }
button-period-day = Day
button-period-week = Week
button-period-month = Month
usage-models = **By model**
usage-commands = **By command**
usage-people = **Top users**
usage-part =
    { $name } · { $pictures ->
        [one] 1 image
       *[other] { $pictures } images
    } · { $credits }
usage-table = { $count ->
        [one] 1 request as a CSV file:
       *[other] All { $count } requests as a CSV file, newest first:
    }
usage-table-cut = The newest { $count } requests as a CSV file, limited by Discord's file size. Choose a shorter period for fewer.
usage-withheld = Left out: private prompts, and users who opted out of statistics.
usage-restricted = Prompts from age-restricted channels are only included in such a channel.
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
not-yours-to-see-server = You need the Manage Server permission to see this server's usage. Choose your own usage.
not-yours-to-see-all = Only the bot owner can see all usage. Choose your own usage.

## Discord's names of permissions

permission-view-channel = View Channel
permission-send-messages = Send Messages
permission-send-messages-in-threads = Send Messages in Threads
permission-attach-files = Attach Files
permission-read-message-history = Read Message History
list-of-two = { $first }, { $second }
