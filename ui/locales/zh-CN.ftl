### 简体中文。

## 多处共用的短语

-free = 本次没有扣费。
-ask-for-less = 请减少张数，或换一个更便宜的模型
-given-back = 已退款给你。
-operator = 机器人的运营者
-tell-operator = 请把下方的任务编号告诉机器人的运营者
-meanwhile = 排队中的请求已失败，没有扣费。我每分钟发送一个新请求，检查 Flux 是否恢复。

## 请求为什么没有得到图片：发生了什么、花费多少、该怎么办

problem-prompt-empty = 提示词是空的。{ -free }请用几个词描述你想要的图片。
problem-prompt-too-long = 提示词有 { $characters } 个字符，上限是 2,000 个。{ -free }请缩短后重试。
problem-model-unknown = 没有名为 { $model } 的模型。{ -free }请从建议的模型中选择。
problem-model-cannot-edit = { $model } 不支持编辑图片。{ -free }请从建议的模型中选择。
problem-size-unknown = { $size } 不是有效的尺寸。{ -free }请使用比例（例如 16:9）或像素（例如 1344x768）。
problem-size-not-for-model = { $model } 不支持尺寸 { $size }。{ -free }请从建议的尺寸中选择，或换一个模型。
problem-count-out-of-range = { $count } 不是有效的图片数量。{ -free }请填写 1 到 4。
problem-blocked = 你已被禁止生成图片。原因：“{ $reason }”。{ -free }服务器的管理者或机器人的运营者可以解除。
problem-blocked-for-a-while = 你已被禁止生成图片，将在 { $until }解除。原因：“{ $reason }”。{ -free }
problem-words-not-allowed = 你的提示词含有被屏蔽的词：||{ $found }||。{ -free }请修改提示词。
problem-place-not-allowed = 这个频道不能生成图片。{ -free }{ $channels ->
        [none] 请联系服务器的管理者开启。
       *[other] 请改用 { $channels }。
    }
problem-person-not-allowed = 你在这里没有生成图片的权限。{ -free }请联系服务器的管理者。
problem-model-not-allowed = 你在这里不能使用 { $model }。{ -free }{ $models ->
        [none] 请联系服务器的管理者。
       *[other] 你可以使用 { $models }。
    }
problem-count-not-allowed = 你请求了 { $count } 张图片，这里每次请求最多 { $most } 张。{ -free }请减少数量。
problem-too-many-jobs = 你进行中的请求数已达到上限。{ -free }{ $frees ->
        [never] 请等其中一个完成后再试。
       *[later] 最早的一个预计 { $frees_at }完成。
    }
problem-cooling-down = 你的请求过于频繁。{ -free }你可以在 { $frees_at }发送下一个请求。
problem-user-budget-spent = { $frees ->
        [never] 仅这一个请求就超过了你的上限（{ $limit }）。{ -free }{ -ask-for-less }。
       *[later] 这会超过你的上限（{ $limit }）。{ -free }{ -ask-for-less }，或在 { $frees_at }再试。
    }
problem-server-budget-spent = { $frees ->
        [never] 仅这一个请求就超过了这个服务器的上限（{ $limit }）。{ -free }{ -ask-for-less }。
       *[later] 这会超过这个服务器的上限（{ $limit }）。{ -free }{ -ask-for-less }，或在 { $frees_at }再试。
    }
problem-total-budget-spent = { $frees ->
        [never] 仅这一个请求就超过了这个机器人的上限（{ $limit }）。{ -free }{ -ask-for-less }。
       *[later] 这会超过这个机器人的上限（{ $limit }）。{ -free }{ -ask-for-less }，或在 { $frees_at }再试。
    }
problem-clicked-twice = 正在处理中。{ -free }
problem-permissions-missing = 我在这个频道需要以下权限：{ $permissions }。{ -free }服务器的管理者可以在频道设置中授予。
problem-source-not-a-picture = 我无法将这个文件作为图片读取。{ -free }请上传 PNG、JPEG、WebP、GIF、AVIF 或 HEIC 图片。
problem-source-too-large = 文件超过了 25 MB。{ -free }请上传小一些的图片，例如 JPEG 格式。
problem-source-too-many-pixels = { $megapixels ->
    [unknown] 这张图片超过了 { $limit }00 万像素的上限。
   *[other] 这张图片有 { $megapixels }00 万像素，上限为 { $limit }00 万像素。
 }{ -free }请上传小一些的图片。
problem-source-too-costly = 打开这张图片需要太多时间或内存。{ -free }请重新保存（例如存为 JPEG 格式）后再上传。
problem-source-unreachable = 我无法再读取要编辑的图片。{ -free }请重新上传。
problem-model-not-offered = Flux 目前没有为这个机器人提供 { $model }。{ -free }请换一个模型。
problem-flux-bad-request = Flux 不接受这样的模型、尺寸和提示词组合。{ -free }请换一个模型或尺寸。
problem-flux-authentication = Flux 不接受这个机器人的令牌。{ -free }{ -operator }需要更新 FLUX_API_TOKEN。
problem-flux-out-of-credits = 这个机器人的 Flux 账户积分已用完。{ -free }{ -operator }需要充值。
problem-flux-bad-source = Flux 没有接受要编辑的图片。{ -free }请换一张图片，或将它另存为 JPEG 或 PNG。
problem-flux-refused-content = Flux 依据其内容规则拦截了这个请求。{ -free }请修改提示词，或换一张图片。
problem-flux-rate-limited = Flux 的请求太多，暂时繁忙。{ -free }请一分钟后再试。
problem-flux-unavailable = Flux 暂时不可用。{ -free }请几分钟后再试。
problem-flux-failed = Flux 未能生成这张图片。{ -free }请再试一次，通常就能成功。
problem-answer-lost = Flux 没有确认你的请求：它出错了（例如 500），或者连接断开了。{ -given-back }如果仍然需要这张图片，请再试一次；如果它后来到达，可以用 `/{ command-history }` 免费查看。
problem-overdue = Flux 一天之内没有完成这张图片。{ -given-back }如果仍然需要，请再试一次。
problem-spool-unavailable = 我现在无法保存你的图片。{ -free }{ -operator }需要检查 DATA_DIR。
problem-result-unreachable = Flux 生成了这张图片，但我无法下载它。{ -given-back }请再试一次；如果再次发生，{ -tell-operator }。
problem-result-unusable = Flux 返回的文件不是可用的图片。{ -given-back }请再试一次；如果再次发生，{ -tell-operator }。
problem-result-too-large = 图片已完成，但压缩后对 Discord 来说仍然太大。它已扣费并保存：机器人的运营者可以凭下方的任务编号发给你。
problem-message-gone = 图片还没来得及发布，消息或频道就被删除了。{ $cost }
problem-place-forbidden = { $place ->
    [direct] 我没有在这个会话发消息的权限。{ $cost }
   *[server] 我没有在这个频道发消息的权限。服务器的管理者可以在频道设置中授予。{ $cost }
}
problem-direct-messages-closed = 我无法给你发私信，所以图片无法送达。{ $cost }
problem-thread-locked = 这个子区已被锁定，所以图片无法发布。{ $cost }
problem-explicit-content = Discord 的露骨内容过滤器拦截了这张图片。{ $cost }
problem-blocked-by-automod = AutoMod 拦截了我的消息，所以图片无法发布。{ $cost }
problem-harmful-link = Discord 认为我的消息含有有害链接，因此拦截了它。{ $cost }
problem-not-shown = Discord 因未知原因拒绝了我的消息，所以图片无法发布。{ $cost }
problem-response-expired = Discord 只允许在 15 分钟内回复，而图片用时更长。{ $cost }
problem-cancelled = 已取消。{ $cost }
problem-arrived-late = 这张图片在请求失败之后才到达。{ -given-back }图片仍然归你，见 `/{ command-history }`。
problem-answered-too-late = Discord 没有及时收到我的回应。{ -free }请重新发送命令。
problem-stored-too-late = 我没能及时保存你的请求，所以没有开始。{ -free }请再试一次。
problem-restarted = 我还没开始处理你的请求就重启了。{ -free }请重新发送命令。
problem-internal = 出了点问题。{ -given-back }请再试一次；如果再次发生，{ -tell-operator }。

## 消息无法显示时，任务花费了多少

cost-not-made = { -free }如果仍然需要图片，请再试一次。
cost-nothing = { -free }图片仍然保存着。
cost-made = 图片已生成并扣费。你可以在 `/{ command-history }` 中找到它。

## 请求被接受之前的错误

error-unexpected = 出了点问题。{ -free }请再试一次；如果再次发生，请告诉机器人的运营者。
error-storage = 我现在无法保存你的请求，所以没有开始。{ -free }请一分钟后再试；如果再次发生，请告诉机器人的运营者。
error-not-allowed = 你不能在这里使用这个功能。{ -free }
error-forbidden = Discord 拒绝了这条消息：缺少权限，或 AutoMod 拦截了文字。服务器的管理者可以处理。
error-discord-busy = Discord 暂时繁忙。请一分钟后再试。
error-outdated = 这个命令已更新。{ -free }请一分钟后再试。
you-wrote = 你输入的内容：
you-wrote-part = 你输入的内容，第 { $number } 部分，共 { $count } 部分：

## 给机器人运营者的通知

alert-flux-authentication = **Flux 不再接受 FLUX_API_TOKEN**。请在 `.env` 中更新令牌并重启机器人。{ -meanwhile }
alert-flux-out-of-credits = **Flux 账户的积分已用完**。请充值。{ -meanwhile }

## 任务卡片

status-line = **排队中（第 { $position } 位）**，预计 { $when }完成
status-line-far = **排队中（前面超过 { $counted } 个）**，预计 { $when }完成
status-drawing = **正在生成**，预计 { $when }完成
status-editing = **正在编辑**，预计 { $when }完成
status-partial = **已完成 { $done } / { $count } 张**
status-uncertain = **Flux 没有确认你的请求：它出错了（例如 500），或者连接断开了。**我会在 15 分钟内继续寻找你的图片。不会重复发送，也不会重复扣费。
status-overdue = **用时比平常久**。如果图片在一天内完成，就会显示在这里。你可以先发起其他请求。
status-cancel-asked = **已取消**。Flux 已经开始处理，所以仍会扣费。图片完成后可以在 `/{ command-history }` 中查看。
status-collect = **仍在生成**。Discord 会在 15 分钟后关闭这条回复。按“{ button-collect }”可以再延长 15 分钟。
fact-asked-by = 请求者：{ $who }
fact-picture-of = 第 { $number } 张，共 { $count } 张
fact-pictures-came = 已收到 { $done } / { $count } 张
fact-seconds = { $seconds } 秒
fact-job = 任务 { $job }
credits = { $amount } 积分
credits-about = 约 { $amount } 积分

## 替代文字：为看不到图片的人描述图片

alt-picture = 图片：{ $prompt }
alt-picture-of = 第 { $number } 张图片，共 { $count } 张：{ $prompt }
alt-edited = 编辑后的图片：{ $prompt }
alt-source = 正在编辑的图片
alt-before = 编辑前：{ $alt }
alt-before-unknown = 编辑前：原图
alt-after = 编辑后：{ $alt }

## 额度和限制

kind-microcredits-per-day = 每天的积分
kind-microcredits-per-month = 每月的积分
kind-pictures-per-day = 每天的图片数
kind-pictures-per-month = 每月的图片数
kind-cooldown-s = 两次请求之间的秒数
kind-pictures-per-request = 每次请求的图片数
kind-jobs-at-once = 同时进行的请求数
limit-none = { $kind }：不限
limit-microcredits-per-day = 每天 { $amount } 积分
limit-microcredits-per-month = 每月 { $amount } 积分
limit-pictures-per-day = 每天 { $amount } 张图片
limit-pictures-per-month = 每月 { $amount } 张图片
limit-cooldown-s = 两次请求之间间隔 { $amount } 秒
limit-pictures-per-request = 一次最多 { $amount } 张图片
limit-jobs-at-once = 同时最多 { $amount } 个请求
used-microcredits-per-day = 今天已用 { $used } / { $most } 积分
used-microcredits-per-month = 本月已用 { $used } / { $most } 积分
used-pictures-per-day = 今天已用 { $used } / { $most } 张
used-pictures-per-month = 本月已用 { $used } / { $most } 张
budget-warning = **这个服务器的额度（{ $limit }）已用 { $used }**。用完之后，我在这里不再生成图片，直到 { $frees_at }重新计算。可以用 `/{ command-limits }` 在身份组和用户之间分配；机器人的运营者可以提高额度。
limit-line = { $who }：{ $limit }
limit-line-used = { $who }：{ $limit }，已用 { $used }
limit-set = { $line }。此前没有设置过这一项。
limit-changed = { $line }。此前：{ $before }。
limit-cleared = 不再限制：{ $line }。
limit-unknown = 已经没有这个限制了。没有做任何更改。`/{ command-limits } { command-limits-show }` 会列出现有的限制。
limit-not-of-a-whole = 对整个服务器、整个机器人，以及一个人的全局额度，只能限制每天或每月的图片数和积分。没有做任何更改。请为服务器中的身份组或用户设置这一项；@everyone 代表那里的所有人。
limits-heading = **限制：{ $where }**
limits-besides = 此外，在整个机器人中，每个人：{ $limits }。
limits-in-utc = -# 每天和每月都从 UTC 零点开始。
limits-of-person = **{ $who } 在这里的限制**
limits-of-a-whole = 整个服务器可以用多少，由机器人的运营者决定。没有做任何更改。请指定 `{ command-limits-set.role }` 或 `{ command-limits-set.user }`；身份组 @everyone 代表这里的所有人。
limits-of-which-server = 请指定 `{ command-limits-set.server }`，或选择 `{ command-limits-set.everywhere }`。没有做任何更改。
limits-do-not-fit = 这些选项不能一起使用：一个限制只针对一个身份组、一个人、一个服务器整体或整个机器人，而身份组只属于这个服务器。没有做任何更改。
too-many-limits = 已经有 50 个限制，达到了上限。没有做任何更改。请用 `/{ command-limits } { command-limits-clear }` 取消一个。
no-limits = 没有设置限制。
no-limit = 不限
amount-of-credits = { $typed } 不是有效的积分数。没有做任何更改。请填写 { $least } 到 { $most } 之间的数，例如 2.5，或选择“{ no-limit }”。
amount-whole = { $typed } 不是有效的数量。没有做任何更改。请填写 { $least } 到 { $most } 之间的整数，或选择“{ no-limit }”。
server-unknown = 我不在这样的服务器里。没有做任何更改。请从建议中选择一个。
server-left = 服务器 { $id }（我不在其中）
the-whole-bot = 整个机器人
role-deleted = 已删除的身份组 { $id }
budget-person = 在整个机器人中
budget-member = 在这个服务器里
budget-server = 这个服务器整体

## 使用权限

access-line = { $effect ->
        [deny] 禁止
       *[allow] 允许
    } { $who }：{ $model ->
        [every] 所有模型
       *[one] { $model }
    }，{ $where ->
        [every] 所有频道
       *[one] 在 { $where }
    }
access-set = { $line }。
access-turned = { $line }。此前正好相反。
access-closes = 从现在起，在这个服务器里只能使用被允许的内容。
access-cleared = 不再设置：{ $line }。
access-heading = **使用权限**
access-open = 没有任何设置：所有人可以在所有频道使用所有模型。
access-open-but = 其他一切都允许。
access-closed = 其他一切都会被拒绝。禁止的内容，无论别处是否允许，都会被拒绝。
access-of-person = 在这个频道里，{ $who } 可以使用 { $models }：{ $most }。
access-of-person-nothing = 在这个频道里，{ $who } 什么都不能使用。
access-unknown = 已经没有这条规则了。没有做任何更改。`/{ command-access } { command-access-show }` 会列出现有的规则。
too-many-access-rules = 已经有 50 条这样的规则，达到了上限。没有做任何更改。请用 `/{ command-access } { command-access-clear }` 取消一条。

## 按钮和选项

button-cancel = 取消
button-retry = 重试
button-collect = 获取图片
button-again = 重新生成
button-edit = 编辑
button-change = 修改提示词
button-details = 详情
button-delete = 删除
button-start-again = 编辑这个版本
button-post = 发布到这里
button-ask = 从历史中删除
button-remove = 永久删除
button-show = 取消
button-newer = 较新
button-older = 较早
choose-one = 选择一张图片
open-one = 选择一项来发布、编辑或删除
picture-number = 第 { $number } 张
picture-number-named = 第 { $number } 张：{ $name }

## 表单

form-edit = 编辑图片
form-change = 修改提示词
form-retry = 重试
form-what-changes = 要修改什么
form-what-to-show = 提示词
form-which-picture = 图片
form-model = 模型
form-shape = 宽高比
form-own-shape = 与原图一致
form-count = 图片数量

## 模型和尺寸

model-flux-dev = 快速便宜，适合试验想法
model-flux-pro = 细节更好，适合大多数成品图
model-flux-pro-1-1 = 比 flux-pro 更清晰，更贴合提示词
model-flux-pro-1-1-ultra = 超大尺寸，照片质感
model-flux-kontext-pro = 编辑图片，其余部分保持不变
model-flux-kontext-max = 最精细的编辑，擅长图中文字
model-flux-2-klein = 新一代中最快的模型
model-flux-2-flex = 新一代，擅长文字和排版
model-flux-2-pro = 新一代，全能，也能编辑
model-flux-2-max = 新一代，细节最精致
suggested-model = { $model }：{ $good }（约 { $credits } 积分，{ $seconds } 秒）
suggested-count = { $count } 张图片
suggested-count-priced = { $count } 张图片（约 { $credits } 积分）
suggested-model-default = { $model }：默认，{ $good }（约 { $credits } 积分，{ $seconds } 秒）
size-square = 方形 { $size }
size-landscape = 横向 { $size }
size-portrait = 纵向 { $size }
size-pixels = { $width } × { $height } 像素
size-pixels-typed = { $width } × { $height } 像素，按输入

## 详情

details-heading = **详情**
details-asked = 由 { $who } 于 { $when } 请求：{ $state }
details-model = 模型：{ $model }
details-size = 尺寸：{ $size }
details-size-made = 尺寸：{ $size }，实际生成 { $pixels }
details-count = 图片数量：{ $count }
details-spoiler = 剧透：点击后才显示
details-private = 私密：仅请求者可见
details-price = 费用：{ $credits }，Flux 实际扣费
details-price-estimated = 费用：{ $credits }，估算
details-price-none = 费用：{ $credits }，未扣费或已退款
details-took = 用时：{ $seconds } 秒
details-job = 任务：`{ $job }`
details-task = Flux 任务：{ $task }
details-trace = Flux 跟踪编号：{ $trace }
details-before-after = **修改前后**
details-originals = **Flux 的原始文件**，未经缩小
details-left-out = 有一张原图对 Discord 来说太大。机器人的运营者可以凭上方的任务编号发给你。
family-heading = **版本**
family-heading-several = **版本**，从最早的开始
family-more = 另有 { $count } 个版本未显示
family-this-one = **当前版本**
family-began-here = 源自[这张图片]({ $link })。
family-began-elsewhere = 源自一张上传的图片。
go-to-it = 跳转到消息

## 列表中的请求状态

state-queued = 排队中
state-submitting = 正在发送给 Flux
state-uncertain = 正在向 Flux 查询
state-running = 进行中
state-fetched = 已完成，正在发布
state-delivered = 已完成
state-refused = 被拒绝
state-failed = 失败
state-cancelled = 已取消
state-overdue = 用时比平常久
state-kept = { $state }，图片已保存

## 历史

history-heading = **你的图片**
history-range = 第 { $first } 到 { $last } 项，从最新的开始
history-only-drawings = 只看生成的图片
history-only-edits = 只看编辑的图片
history-words = 包含“{ $words }”
history-empty = 你还没有图片。用 `/{ command-imagine }` 生成一张吧。
history-nothing-found = 没有匹配的图片。使用不带关键词的 `/{ command-history }` 可以查看全部。
entry-edit = 编辑
entry-pictures = { $count } 张图片
entry-gone = 已不再保存
sure-to-remove = **要永久删除吗**？它会从 `/{ command-history }` 和机器人的磁盘中删除。频道里的消息会保留，直到你在那里删除。
removed = 已从 `/{ command-history }` 和机器人的磁盘中删除。
not-yet-removable = 这个请求仍在进行中。请一分钟后再试。
no-longer-kept = 这些图片已不再保存在这里。原来的消息可能还在频道里。

## 机器人可以在哪里发布

doctor-all-fine = 在你能看到的全部 { $count } 个频道里，我都有所需的权限。
doctor-some-lacking = 在你能看到的 { $count } 个频道中，有 { $broken } 个缺少我需要的权限：
doctor-lacking = { $channel }：{ $permissions }
doctor-more = ……还有 { $count } 个。
doctor-mend = 打开“编辑频道”，再打开“权限”，选择我的身份组并允许它们。
doctor-no-member = 这个服务器只添加了我的命令，所以我只能作为回应发布图片，不能自己发消息。要改变这一点，请用 bot 范围重新邀请我；`python bot.py doctor` 会给出链接。

## 不属于此人或已失效的点击和命令

unknown-job = 这个请求已不存在。{ -free }
not-yours-to-cancel = 只有请求者或本频道的管理员可以取消这个请求。
not-yours-to-repeat = 只有请求者可以重试这个请求。请自己使用命令。
not-yours-to-collect = 只有请求者可以获取这张图片。
not-yours-to-delete = 只有请求者或本频道的管理员可以删除这张图片。
not-yours-to-show = 只有请求者可以选择其中一张图片。你可以按“{ button-edit }”编辑其中一张。
not-yours-to-choose = 只有消息的作者可以选择图片。请自己回复那张图片。
no-picture = 这条消息里没有我能编辑的图片。请选择带有 PNG、JPEG 或 WebP 图片的消息。
not-mine = 这条消息里没有我生成的图片，所以没有详情。你仍然可以对它使用“{ command-edit-image }”。
picture-gone = 这张图片已不再保存在这里。如果它的消息还在，请右键点击那条消息，选择“APP”，再选“{ command-edit-image }”。
age-restricted = 这张图片来自有年龄限制的频道，只能在这类频道中显示。请到那里操作，或在与我的私信中操作。
draft-gone = 这个表单已过期。请重新打开。

## 回复和提及

say-what = 请说明要修改什么，例如 `改成夜晚`。请再次回复那张图片。
say-what-to-make = 请回复或上传一张图片，并说明要修改什么。用 `/{ command-imagine }` 可以根据提示词生成图片。
no-picture-there = 我在那条消息里没有找到图片。请回复带图片的消息，或上传 PNG、JPEG 或 WebP 图片。
picture-not-shown = Discord 不让我看到其他人的消息。请右键点击或长按图片，选择“APP”，再选“{ command-edit-image }”。机器人的运营者也可以开启 MESSAGE_CONTENT_INTENT。
message-is-gone = 那条消息已被删除。请自己上传图片。
not-finished = 那张图片还没有完成。请等它完成后再回复。
so-many-pictures = 那条消息有 { $count } 张图片。请以有效的编号开头，例如 `1：改成夜晚`。
replies-are-off = 这个服务器关闭了通过回复或提及编辑图片。请使用 `/{ command-edit }`，或右键点击或长按图片，选择“APP”，再选“{ command-edit-image }”。
words-alone-are-off = 这个服务器关闭了通过提及生成图片。请使用 `/{ command-imagine }`，或回复一张图片并说明要修改什么。
direct-messages-closed = 我无法给你发私信，所以没有开始。{ -free }请允许我的私信，或去掉 `private:true`。
private-words = 只有在私信中才能通过提及生成私密图片。请给我发私信，或使用 `/{ command-imagine }` 并打开 `{ command-imagine.private }`。
which-picture = **哪一张图片？**下次可以用编号开头，例如 `2：改成夜晚`。

## 管理

not-the-operator = 只有机器人的运营者可以为整个机器人做决定。没有做任何更改。不填 `{ command-moderation-words-add.everywhere }`，就只对这个服务器生效。
rule-added = 从现在起，含有 ||{ $found }|| 的请求会被拒绝。用 `/{ command-moderation } { command-moderation-words } { command-moderation-words-test }` 可以试试它能找到什么。
rule-on-trial = 从现在起，含有 ||{ $found }|| 的请求会被记下，但照常生成。不填 `{ command-moderation-words-add.test }` 再添加一次，就会拒绝它们。
rule-removed = 请求中又可以含有 ||{ $found }|| 了。
rule-unusable = 规则需要至少两个字母的词，或一个汉字，最多 100 个字符。没有做任何更改。单个字母几乎会出现在每个请求中。
rule-unknown = 没有这些词的规则。没有做任何更改。`/{ command-moderation } { command-moderation-words } { command-moderation-words-list }` 会列出现有的规则。
too-many-word-rules = 已经有 200 条规则，达到了上限。没有做任何更改。请用 `/{ command-moderation } { command-moderation-words } { command-moderation-words-remove }` 删除一条。
no-word-rules = 还没有词语规则。用 `/{ command-moderation } { command-moderation-words } { command-moderation-words-add }` 添加一条吧。
word-rules = **请求中不能含有的词：{ $count } 条**
word-rule-on-trial = { $found }（试用中：只记录）
no-rule-finds-it = 没有规则在其中找到什么。
rules-that-find-it = **找到它的规则：**
nobody-blocked = 没有人被限制。
blocked-people = **不能请求图片的人：{ $count } 位**
block-line = { $who }，直到有人解除：{ $reason }
block-line-until = { $who }，{ $until }解除：{ $reason }
somebody-deleted = 一位已删除自己数据的人
and-more = ……还有 { $count } 条
not-blocked = 这个人没有被限制。没有做任何更改。
not-yourself = 你不能限制自己。没有做任何更改。
unblocked = { $who } 又可以请求图片了。

## 服务器的记录与举报

entry-on-trial = 有一条试用中的规则本会拒绝它：{ $found }
entry-hidden = 有年龄限制：此频道不显示提示词和图片。
entry-report = **被举报**，举报人 { $who }：{ $reason }
entry-removed = **已移除**，操作者 { $who }
entry-posted-again = **再次发布**：{ $where }
button-jump = 打开
button-remove-message = 移除
button-block = 限制
form-report = 举报图片
form-report-reason = 它有什么问题？
form-block = 不让某人请求图片
form-block-reason = 为什么？会告诉对方。
form-block-end = 多久？
end-hour = 一小时
end-day = 一天
end-week = 一周
end-month = 30 天
end-never = 直到有人解除
not-mine-to-report = 这条消息里没有我生成的图片，或者我已不再保存它，所以无法举报。请告诉这个服务器的管理员。
report-of-nothing = 那张图片已经不在了，没有什么可以举报的。如果你在别处看到它，请告诉这个服务器的管理员。
reported-too-often = 你已经举报过它，或者一小时内举报了五张图片，达到了上限。没有发送任何内容。如果很紧急，请告诉这个服务器的管理员。
report-not-given = 我没能把你的举报送到任何人那里。请告诉这个服务器的管理员。
reported = 谢谢。你的举报已经送到做决定的人那里。
not-yours-to-remove = 只有能在图片所在处管理消息的人可以移除它。没有做任何更改。
not-mine-to-remove = Discord 不让我移除那条消息。没有做任何更改。请打开它并在那里删除。
not-yours-to-block = 只有能管理这个服务器的人可以在其中限制别人。没有做任何更改。

## 隐私

sure-to-forget = **要删除我保存的关于你的一切吗？**此操作无法撤销。
    将被删除：你的提示词、图片、草稿、风格和历史，你的名字，以及所有能指向你或你的消息的编号。进行中的请求会被取消，已产生的费用不退。
    将会保留：花费的金额，但不再与你关联。在本月结束之前，会保留一个只有这个机器人才能由你的编号算出的代码，使你的额度保持不变；对你的限制也会保留到期满。
    Discord 上的消息不会改变：请先用消息上的按钮删除它们。`/{ command-privacy } { command-privacy-export }` 可以先把一切交给你。
button-forget = 删除一切
forgetting = 正在删除，可能需要一些时间。
forgotten = **已删除。**我不再保存任何能指向你的内容。你以后的新请求会重新开始。
forgotten-but = 仍在进行的请求：{ $requests } 个。它们已被取消，结束后会立即删除，最迟不超过一天。
forgotten-soon = 另一个程序正在读取我的数据库。等它结束后，最后的痕迹就会消失。
exported = **我保存的关于你的一切。**其中的请求：{ $requests } 个，图片：{ $pictures } 张。
exported-part = 第 { $number } 部分
exported-requests-left-out = 放不下的请求：{ $requests } 个，都是最早的。机器人的运营者可以把它们交给你。
exported-pictures-lost = 已经不在或对 Discord 来说太大的图片：{ $pictures } 张。
exported-pictures-left-out = 放不下的图片：{ $pictures } 张。用 `/{ command-privacy } { command-privacy-export } { command-privacy-export.skip }:{ $skip }` 可以从那里继续；`/{ command-history }` 可以查看其中每一张。
export-under-way = 你上一次的导出还在准备中。没有开始新的导出；完成后会自动发给你。

## 风格

style-saved = 风格 **{ $name }** 已保存。使用 `/{ command-imagine }` 和 `/{ command-edit }` 时，在 `{ command-imagine.style }` 中选择它。
style-replaced = 风格 **{ $name }** 已保存，替换了同名的旧风格。
style-deleted = 风格 **{ $name }** 已删除。用它生成的图片保持不变。
style-unknown = 这里没有名为 { $name } 的风格。{ -free }`/{ command-style } { command-style-list }` 会列出你可以使用的风格。
style-empty = 风格需要一个名称和一些内容。没有保存任何内容。请填写提示词之前或之后的文字、模型或尺寸。
too-many-styles = 已经有 25 个风格，达到了上限。没有保存任何内容。请用 `/{ command-style } { command-style-delete }` 删除一个，或以已有的名称保存。
no-styles = 这里还没有风格。用 `/{ command-style } { command-style-save }` 保存一个吧。
no-server-here = 这里不是服务器，不能有服务器的风格。请不要填写 `{ command-style-save.server }`。
not-yours-to-style = 只有能管理这个服务器的人可以更改它的风格。没有做任何更改。不填 `{ command-style-save.server }`，就会保存为你自己的风格。
styles-user = 你的风格
styles-guild = 这个服务器的风格
style-words = { $before } [提示词] { $after }
suggested-style = { $name }：{ $words }
suggested-style-guild = { $name }（本服务器）：{ $words }

## 服务器和个人的选择

language-name = 中文
settings-heading = **这个服务器的选择**
settings-saved = **已保存。**这个服务器的选择：
preferences-heading = **你的偏好**，适用于所有服务器和私信。请求中写明的内容优先。
preferences-saved = **已保存。**你的偏好，适用于所有服务器和私信：
chosen-model = 文字生成图片的模型：{ $value }
chosen-edit-model = 编辑图片的模型：{ $value }
chosen-size = 文字生成图片的尺寸：{ $value }
chosen-count = 每次请求的图片数量：{ $value }
chosen-spoiler = 点击后才显示：{ $value }
chosen-private = 只让你自己看到：{ $value }
chosen-counted = 在统计中显示你的名字：{ $value }
chosen-language = 大家看到的内容所用的语言：{ $value }
chosen-log-channel = 管理员在这里看到每一张图片：{ $value }
value-nowhere = 无
log-channel-closed = 我不能查看那个频道、在那里发言或添加文件。没有做任何更改。请在那里授予我这些权限，然后再选择一次。
chosen-retention = 提示词和图片的保存时间：{ $value }
choose-nothing = 默认：与未选择时相同
not-chosen = { $value }（未选择）
value-yes = 是
value-no = 否
value-days = { $days } 天
value-for-ever = 永久
value-as-discord = 与服务器在 Discord 中的设置相同
value-as-operator = 由机器人的运营者决定
reply-edits-everyone = 现在无论谁回复我的图片，我都会按回复编辑它。
reply-edits-requester = 现在由请求者回复我的图片时，我会按回复编辑它；其他人需要在文字中提及我。
reply-edits-mention = 现在只有在文字中提及我的回复，才会编辑图片。
reply-edits-off = 现在在这个服务器里，回复和提及都不会编辑图片。
mention-generates-on = 现在只用文字提及我，就会生成图片。
mention-generates-off = 现在只用文字提及我，不会生成图片。

## 用量

usage-mine = 你的用量
usage-server = 这个服务器的用量
usage-all = 整个机器人的用量
usage-day = 今天，{ $first }（UTC）
usage-week = 本周，{ $first } 至 { $last }（UTC）
usage-month = 本月，{ $first } 至 { $last }（UTC）
usage-nothing = 这段时间没有请求。
usage-totals = { $pictures } 张图片 · { $credits }
usage-requests = { $requests } 个请求
usage-house = 未计入：Flux 为未能交付的图片收取的 { $credits }
usage-success = 成功率 { $percent }%（{ $delivered }/{ $ended }）
usage-seconds = 耗时中位数 { $median } 秒，95% 在 { $p95 } 秒内
usage-models = **按模型**
usage-commands = **按命令**
usage-people = **用量最多的用户**
usage-part = { $name } · { $pictures } 张图片 · { $credits }
usage-table = 全部 { $count } 个请求的表格，从最新的开始：
usage-table-cut = 最新的 { $count } 个请求的表格；Discord 不接受更大的文件。选择更短的时间，请求会更少。
usage-withheld = 表格中不包含：私密请求的内容，以及不愿显示名字的人。
usage-restricted = 表格不包含有年龄限制频道的提示词；请在这样的频道里查看。
chart-dates = { $first } 至 { $last }
chart-unit-credits-hour = 每小时的积分（UTC），按模型
chart-unit-credits-day = 每天的积分（UTC），按模型
chart-unit-images-hour = 每小时的图片数（UTC），按模型
chart-unit-images-day = 每天的图片数（UTC），按模型
chart-other = 其他
chart-budget-day = 预算：每天 { $amount }
chart-budget-month = 预算：每月 { $amount }，平均每天 { $each }
alt-usage = 图表：{ $unit }。合计 { $total }，最高 { $most }（{ $when }）。{ $budget ->
        [none] { "" }
       *[other] { $budget }。
    }
alt-usage-nothing = 图表：{ $unit }。{ $nothing }
not-yours-to-see-server = 只有能管理这个服务器的人可以查看它的用量。请选择你自己的用量。
not-yours-to-see-all = 只有机器人的运营者可以查看全部用量。请选择你自己的用量。

## Discord 的权限，与 Discord 的叫法一致

permission-view-channel = 查看频道
permission-send-messages = 发送消息
permission-send-messages-in-threads = 在子区内发送消息
permission-attach-files = 添加文件
permission-read-message-history = 读取消息历史记录
list-of-two = { $first }、{ $second }

## 命令

command-imagine = 画图
    .description = 用文字生成图片
    .prompt = 提示词
    .prompt-description = 画面里要有什么
    .model = 模型
    .model-description = 用哪个 Flux 模型生成；每个模型都写明了擅长什么
    .size = 尺寸
    .size-description = 图片的画幅，例如横向 16:9；部分模型也接受像素，例如 1344x768
    .count = 数量
    .count-description = 生成几张图片，1 到 4
    .spoiler = 剧透
    .spoiler-description = 隐藏图片，直到有人点击
    .private = 私密
    .private-description = 只让你自己看到
    .style = 风格
    .style-description = 用 /风格 保存的风格；你在这里选择的内容优先
command-edit = 改图
    .description = 修改一张图片
    .image = 图片
    .image-description = 要修改的图片：PNG、JPEG 或 WebP
    .prompt = 提示词
    .prompt-description = 要修改什么；其余部分保持不变
    .model = 模型
    .model-description = 用哪个 Flux 模型编辑；每个模型都写明了擅长什么
    .size = 尺寸
    .size-description = 结果的画幅；不填则与原图一致
    .spoiler = 剧透
    .spoiler-description = 隐藏图片，直到有人点击
    .private = 私密
    .private-description = 只让你自己看到
    .style = 风格
    .style-description = 用 /风格 保存的风格；你在这里选择的内容优先
command-history = 历史
    .description = 你的图片，从最新的开始；只有你能看到
    .words = 关键词
    .words-description = 只看提示词中含有这些词的图片
    .kind = 类型
    .kind-description = 只看生成的或只看编辑的图片
command-show = 查看
    .description = 再次显示一张图片；只有你能看到
    .job = 任务
    .job-description = 提示词中的文字，或卡片上的任务编号
command-style = 风格
    .description = 可以反复使用的文字
command-style-save = 保存
    .description = 保存文字、模型和尺寸，之后按名称使用
    .name = 名称
    .name-description = 风格的名称；沿用已有的名称会覆盖原来的风格
    .before = 前置文字
    .before-description = 提示词之前的文字，例如：一幅水彩画，画的是
    .after = 后置文字
    .after-description = 提示词之后的文字，例如：柔和的光线，胶片颗粒
    .model = 模型
    .model-description = 请求没有指定模型时使用的模型
    .size = 尺寸
    .size-description = 请求没有指定尺寸时使用的尺寸
    .server = 服务器
    .server-description = 保存给这个服务器的所有人使用；需要“管理服务器”权限
command-style-list = 列表
    .description = 显示你在这里可以使用的风格
command-style-delete = 删除
    .description = 删除一个风格
    .name = 名称
    .name-description = 哪一个
    .server = 服务器
    .server-description = 删除这个服务器的风格；需要“管理服务器”权限
command-doctor = 诊断
    .description = 查看我在哪里不能发布图片，以及要允许什么
command-settings = 设置
    .description = 这个服务器的选择
command-settings-reply-edits = 回复编辑
    .description = 谁的回复可以编辑我的图片
    .who = 谁
    .who-description = 谁的回复可以编辑我的图片
command-settings-mention-generates = 提及生成
    .description = 只用文字提及我时，是否生成图片
    .allowed = 允许
    .allowed-description = 只用文字提及我时，是否生成图片
command-settings-show = 查看
    .description = 显示这个服务器的选择
command-settings-defaults = 默认值
    .description = 这个服务器里没有写明的请求使用什么
    .model = 模型
    .model-description = 文字生成图片的模型
    .edit_model = 编辑模型
    .edit_model-description = 编辑图片的模型
    .size = 尺寸
    .size-description = 文字生成图片的尺寸
    .count = 数量
    .count-description = 生成几张图片，1 到 4
    .spoiler = 剧透
    .spoiler-description = 隐藏图片，直到有人点击
command-settings-language = 语言
    .description = 我用哪种语言写大家都能看到的内容
    .language = 语言
    .language-description = 哪种语言
command-settings-log-channel = 记录频道
    .description = 管理员在哪里看到这个服务器里的每一张图片
    .channel = 频道
    .channel-description = 哪个频道；不填就没有
command-settings-retention = 保存时间
    .description = 这个服务器里的提示词和图片保存多久
    .days = 天数
    .days-description = 天数，0 表示永久；不填则由机器人的运营者决定
command-usage = 用量
    .description = 有多少图片，花了多少，用了多久
    .scope = 范围
    .scope-description = 谁的用量；不填则是你自己的
    .period = 时间
    .period-description = 哪段时间（UTC）；不填则是本月
    .csv = 表格
    .csv-description = 把每个请求列成电子表格
command-preferences = 偏好
    .description = 查看或更改你的请求使用什么
    .model = 模型
    .model-description = 请求没有指定模型时，文字生成图片的模型
    .edit_model = 编辑模型
    .edit_model-description = 请求没有指定模型时，编辑图片的模型
    .size = 尺寸
    .size-description = 请求没有指定尺寸时，文字生成图片的尺寸
    .private = 私密
    .private-description = 只让你自己看到你的图片，除非请求另有说明
    .statistics = 统计
    .statistics-description = 服务器的统计中是否可以显示你的名字
command-moderation = 管理
    .description = 不能请求什么，以及谁不能请求
command-moderation-words = 词语
    .description = 请求中不能含有的词
command-moderation-words-add = 添加
    .description = 拒绝含有这些词的请求
    .words = 词语
    .words-description = 完整的词，不论大小写和写法
    .test = 试用
    .test-description = 只记录含有它们的请求，图片照常生成
    .everywhere = 全局
    .everywhere-description = 对整个机器人生效；仅限运营者
command-moderation-words-remove = 移除
    .description = 请求中又可以含有这些词
    .words = 词语
    .words-description = 规则中的词
    .everywhere = 全局
    .everywhere-description = 对整个机器人生效；仅限运营者
command-moderation-words-list = 列表
    .description = 显示请求中不能含有的词
    .everywhere = 全局
    .everywhere-description = 整个机器人的规则；仅限运营者
command-moderation-words-test = 测试
    .description = 显示哪些规则会在一段文字中找到什么
    .text = 文字
    .text-description = 可能有人会这样写
command-moderation-block = 限制
    .description = 不让某人请求图片
    .user = 用户
    .user-description = 谁
    .reason = 理由
    .reason-description = 会告诉对方
    .end = 期限
    .end-description = 多久
    .everywhere = 全局
    .everywhere-description = 在整个机器人中；仅限运营者
command-moderation-unblock = 解除
    .description = 让某人可以再次请求图片
    .user = 用户
    .user-description = 谁
    .everywhere = 全局
    .everywhere-description = 在整个机器人中；仅限运营者
command-moderation-blocked = 名单
    .description = 显示谁不能请求图片、为什么、到什么时候
    .everywhere = 全局
    .everywhere-description = 在整个机器人中；仅限运营者
command-limits = 限额
    .description = 可以用多少，以及谁可以用
command-limits-set = 设置
    .description = 设置一个限制，替换已有的
    .what = 项目
    .what-description = 限制什么；每天和每月都从 UTC 零点开始
    .amount = 数量
    .amount-description = 多少，例如 10；或者不限
    .role = 身份组
    .role-description = 针对这个身份组的每个成员；@everyone 代表这里的所有人
    .user = 用户
    .user-description = 针对一个人；优先于其身份组的限制
    .server = 服务器
    .server-description = 这个服务器可以用多少；仅限运营者
    .everywhere = 全局
    .everywhere-description = 在整个机器人中；仅限运营者
command-limits-clear = 取消
    .description = 取消一个限制
    .rule = 限制
    .rule-description = 哪一个
command-limits-show = 显示
    .description = 显示限制，以及已经用了多少
    .user = 用户
    .user-description = 某个人在这里的限制，以及已经用了多少
    .everywhere = 全局
    .everywhere-description = 整个机器人和每个服务器的限制；仅限运营者
command-access = 权限
    .description = 谁可以在哪里使用哪个模型
command-access-allow = 允许
    .description = 允许身份组或某个人使用；其他一切都会被拒绝
    .role = 身份组
    .role-description = 针对谁；身份组和用户都不填，就是所有人
    .user = 用户
    .user-description = 针对谁
    .model = 模型
    .model-description = 哪个模型；不填就是所有模型
    .channel = 频道
    .channel-description = 在哪里：一个频道，或一个类别及其中的所有频道；不填就是所有地方
command-access-deny = 禁止
    .description = 禁止身份组或某个人使用，无论别处是否允许
    .role = 身份组
    .role-description = 针对谁；身份组和用户都不填，就是所有人
    .user = 用户
    .user-description = 针对谁
    .model = 模型
    .model-description = 哪个模型；不填就是所有模型
    .channel = 频道
    .channel-description = 在哪里：一个频道，或一个类别及其中的所有频道；不填就是所有地方
command-access-clear = 取消
    .description = 取消允许或禁止
    .rule = 规则
    .rule-description = 哪一条
command-access-show = 显示
    .description = 显示允许和禁止的内容
    .user = 用户
    .user-description = 某个人在这个频道可以使用什么
command-privacy = 隐私
    .description = 我保存的关于你的内容
command-privacy-export = 导出
    .description = 以 ZIP 文件得到我保存的关于你的一切
    .skip = 跳过
    .skip-description = 跳过多少张图片，按上一次导出所说填写
command-privacy-delete = 删除
    .description = 删除我保存的关于你的一切
command-edit-image = 编辑图片
command-report-image = 举报图片
command-image-details = 图片详情
choice-drawings = 生成的图片
choice-edits = 编辑的图片
choice-everyone = 所有人
choice-requester = 请求者；其他人需要提及我（默认）
choice-mention = 在文字中提及我的人
choice-nobody = 没有人
choice-pictures-per-day = 每天的图片数
choice-pictures-per-month = 每月的图片数
choice-credits-per-day = 每天的积分
choice-credits-per-month = 每月的积分
choice-pictures-at-once = 每次请求的图片数
choice-cooldown = 两次请求之间的秒数
choice-jobs-at-once = 同时进行的请求数
choice-hour = 一小时
choice-day = 一天
choice-week = 一周
choice-month = 30 天
choice-never = 直到有人解除
choice-as-discord = 与服务器在 Discord 中的设置相同（默认）
choice-usage-mine = 我的
choice-usage-server = 这个服务器的；需要“管理服务器”权限
choice-usage-all = 全部；仅限机器人的运营者
choice-usage-day = 今天
choice-usage-week = 本周，从星期一开始
choice-usage-month = 本月
