### 简体中文。

## 多处共用的短语

-ask-for-less = 请减少张数，或换一个更便宜的模型
-free = 本次没有扣费
-uncharged = 本次没有扣费
-refunded = 已退款给你
-operator = 机器人的运营者
-tell-operator = 请把下方的任务编号告诉机器人的运营者
-meanwhile = 排队中的请求已失败，没有扣费。我每分钟发送一个新请求，检查 Flux 是否恢复。

## 请求为什么没有得到图片：发生了什么、花费多少、该怎么办

problem-prompt-empty = 提示词是空的。请用几个词描述你想要的图片。
problem-prompt-too-long = 提示词有 { $characters } 个字符，上限是 2,000 个。请缩短后重试。
problem-model-unknown = 没有名为 { $model } 的模型。请从建议的模型中选择。
problem-model-cannot-edit = { $model } 不支持编辑图片。请从建议的模型中选择。
problem-size-unknown = { $size } 不是有效的尺寸。请使用比例（例如 16:9）或像素（例如 1344x768）。
problem-size-not-for-model = { $model } 不支持尺寸 { $size }。请从建议的尺寸中选择，或换一个模型。
problem-count-out-of-range = { $count } 不是有效的图片数量。请填写 1 到 4。
problem-blocked = 你已被禁止生成图片，可请服务器的管理者或机器人的运营者解除。原因：“{ $reason }”。
problem-blocked-for-a-while = 你已被禁止生成图片，将在 { $until }解除。原因：“{ $reason }”。
problem-words-not-allowed = 你的提示词含有被屏蔽的词：||{ $found }||。请修改提示词。
problem-place-not-allowed = 这个频道不能生成图片。{ $channels ->
        [none] 请联系服务器的管理者开启。
       *[other] 请改用 { $channels }。
    }
problem-person-not-allowed = 你在这里没有生成图片的权限。请联系服务器的管理者。
problem-model-not-allowed = 你在这里不能使用 { $model }。{ $models ->
        [none] 请联系服务器的管理者。
       *[other] 你可以使用 { $models }。
    }
problem-count-not-allowed = 你请求了 { $count } 张图片，这里每次请求最多 { $most } 张。请减少数量。
problem-too-many-jobs = 你进行中的请求数已达到上限。{ $frees ->
        [never] 请等其中一个完成后再试。
       *[later] 最早的一个预计 { $frees_at }完成。
    }
problem-cooling-down = 你的请求过于频繁。你可以在 { $frees_at }发送下一个请求。
problem-user-budget-spent = { $frees ->
        [never] 仅这一个请求就超过了你的上限（{ $limit }）。{ -ask-for-less }。
       *[later] 这会超过你的上限（{ $limit }）。{ -ask-for-less }，或在 { $frees_at }再试。
    }
problem-server-budget-spent = { $frees ->
        [never] 仅这一个请求就超过了这个服务器的上限（{ $limit }，由{ $setter ->
            [managers] 服务器的管理者
           *[owner] 机器人的运营者
        }设置）。{ -ask-for-less }。
       *[later] 这会超过这个服务器的上限（{ $limit }，由{ $setter ->
            [managers] 服务器的管理者
           *[owner] 机器人的运营者
        }设置）。{ -ask-for-less }，或在 { $frees_at }再试。
    }
problem-total-budget-spent = { $frees ->
        [never] 仅这一个请求就超过了这个机器人的上限（{ $limit }）。{ -ask-for-less }。
       *[later] 这会超过这个机器人的上限（{ $limit }）。{ -ask-for-less }，或在 { $frees_at }再试。
    }
problem-clicked-twice = 正在处理中。
problem-permissions-missing = 我在这个频道需要以下权限：{ $permissions }。服务器的管理者可以在频道设置中授予。
problem-source-not-a-picture = 我无法将这个文件作为图片读取，{ -uncharged }。请上传 PNG、JPEG、WebP、GIF、AVIF 或 HEIC 图片。
problem-source-too-large = 文件超过了 25 MB，{ -uncharged }。请上传小一些的图片，例如 JPEG 格式。
problem-source-too-many-pixels = { $megapixels ->
    [unknown] 这张图片超过了 { $limit }00 万像素的上限，
   *[other] 这张图片有 { $megapixels }00 万像素，上限为 { $limit }00 万像素，
 }{ -uncharged }。请上传小一些的图片。
problem-sources-too-many-pixels = 这些图片合计超过了 { $limit }00 万像素的上限，{ -uncharged }。请上传更小或更少的图片。
problem-of-image = 第 { $number } 张图片：{ $problem }
problem-source-too-costly = 打开这张图片需要太多时间或内存，{ -uncharged }。请重新保存（例如存为 JPEG 格式）后再上传。
problem-source-unreachable = 我无法再读取要编辑的图片，{ -uncharged }。请重新上传。
problem-model-not-offered = Flux 目前没有为这个机器人提供 { $model }，{ -uncharged }。请换一个模型。
problem-flux-bad-request = Flux 不接受这样的模型、尺寸和提示词组合，{ -uncharged }。请换一个模型或尺寸。
problem-flux-authentication = Flux 不接受这个机器人的令牌，{ -uncharged }。{ -operator }需要更新 FLUX_API_TOKEN。
problem-flux-out-of-credits = 这个机器人的 Flux 账户积分已用完，{ -uncharged }。{ -operator }需要充值。
problem-flux-bad-source = Flux 没有接受要编辑的图片，{ -uncharged }。请换一张图片，或将它另存为 JPEG 或 PNG。
problem-flux-refused-content = Flux 的内容过滤器拦截了这个请求，{ -uncharged }。请修改提示词，或换一张图片。
problem-flux-rate-limited = Flux 收到的请求太多，{ -uncharged }。请一分钟后再试。
problem-flux-unavailable = { $flux }，{ -uncharged }。请几分钟后再试。
problem-flux-failed = Flux 未能生成这张图片，{ -uncharged }。请再试一次，通常就能成功。
problem-answer-lost = { $flux }，{ -refunded }。如果仍然需要这张图片，请再试一次；如果它后来到达，可以用 `/{ command-history }` 免费查看。
problem-overdue = Flux 一天之内没有完成这张图片，{ -refunded }。如果仍然需要，请再试一次。
problem-spool-unavailable = 我现在无法保存你的图片，{ -uncharged }。{ -operator }需要检查 DATA_DIR 或 IMAGE_STORE_URL。
problem-result-unreachable = Flux 生成了这张图片，但我无法下载它，{ -refunded }。请再试一次；如果再次发生，{ -tell-operator }。
problem-result-unusable = Flux 返回的文件不是可用的图片，{ -refunded }。请再试一次；如果再次发生，{ -tell-operator }。
problem-result-too-large = 图片已保存并扣费，但压缩后仍超过 Discord 的大小限制。机器人的运营者可以凭下方的任务编号发给你。
problem-message-gone = 图片还没来得及发布，消息或频道就被删除了。{ $cost }
problem-place-forbidden = { $place ->
    [direct] 我没有在这个会话发消息的权限。{ $cost }
   *[server] 我没有在这个频道发消息的权限，服务器的管理者可以授予。{ $cost }
}
problem-direct-messages-closed = 我无法给你发私信，所以图片无法送达。{ $cost }
problem-thread-locked = 这个子区已被锁定，所以图片无法发布。{ $cost }
problem-explicit-content = Discord 的露骨内容过滤器拦截了这张图片。{ $cost }
problem-blocked-by-automod = AutoMod 拦截了我的消息，所以图片无法发布。{ $cost }
problem-harmful-link = Discord 认为我的消息含有有害链接，因此拦截了它。{ $cost }
problem-not-shown = Discord 因未知原因拒绝了我的消息，所以图片无法发布。{ $cost }
problem-response-expired = Discord 只允许在 15 分钟内回复，而图片用时更长。{ $cost }
problem-cancelled = 已取消。{ $cost }
problem-arrived-late = 这张图片在请求失败之后才到达，{ -refunded }。图片仍然归你，见 `/{ command-history }`。
problem-answered-too-late = Discord 没有及时收到我的回应，{ -uncharged }。请重新发送命令。
problem-stored-too-late = 我没能及时保存你的请求，{ -uncharged }。请再试一次。
problem-restarted = 我还没开始处理你的请求就重启了，{ -uncharged }。请重新发送命令。
problem-internal = 出了点问题，{ -refunded }。请再试一次；如果再次发生，{ -tell-operator }。

## 请求为什么没能发送给 Flux

flux-error = { $error ->
    [unconfirmed] Flux 没有确认你的请求
    [unavailable] Flux 暂时不可用
    [timeout] Flux 没有及时响应
    [disconnected] 与 Flux 的连接中断了
    [unreachable] 我无法连接 Flux
    [429] Flux 正忙（429）
   *[status] Flux 出错了（{ $error }）
}

## 消息无法显示时，任务花费了多少

cost-not-made = { -free }；如果仍然需要图片，请再试一次。
cost-nothing = { -free }，图片仍然保存着。
cost-made = 图片已生成并扣费，你可以在 `/{ command-history }` 中找到它。

## 请求被接受之前的错误

error-unexpected = 出了点问题，{ -uncharged }。请再试一次；如果再次发生，请告诉机器人的运营者。
error-images = 我现在无法读取已保存的图片。请一分钟后再试；如果再次发生，请告诉机器人的运营者。
error-storage = 我现在无法保存你的请求，{ -uncharged }。请一分钟后再试；如果再次发生，请告诉机器人的运营者。
error-not-allowed = 你不能在这里使用这个功能。
error-forbidden = Discord 拒绝了这条消息：缺少权限，或 AutoMod 拦截了文字。请联系服务器的管理者。
error-discord-busy = Discord 暂时繁忙。请一分钟后再试。
error-outdated = 这个命令已更新。请一分钟后再试。
you-wrote = 你输入的内容：
you-wrote-part = 你输入的内容，第 { $number } 部分，共 { $count } 部分：

## 给机器人运营者的通知

alert-flux-authentication = **Flux 不再接受 FLUX_API_TOKEN**。请在 `.env` 中更新令牌并重启机器人。{ -meanwhile }
alert-flux-out-of-credits = **Flux 账户的积分已用完**。请充值。{ -meanwhile }

## 任务卡片

status-line = **排队中（第 { $position } 位）**，预计 { $when }完成
status-line-far = **排队中（{ $counted } 位之后）**，预计 { $when }完成
status-drawing = **正在生成**，预计 { $when }完成
status-editing = **正在编辑**，预计 { $when }完成
status-partial = **已完成 { $done } / { $count } 张**
status-retrying = **{ $flux }**，正在重试
status-uncertain = **{ $flux }。**我会在 15 分钟内继续寻找你的图片；不会重复发送，也不会重复扣费。
status-overdue = **用时比平常久**。如果图片在一天内完成，就会显示在这里；你可以先发起其他请求。
status-cancel-asked = **已取消**。Flux 已经开始处理，所以仍会扣费。图片完成后可以在 `/{ command-history }` 中查看。
status-collect = **仍在生成**。请按“{ button-collect }”让这条回复保持有效；Discord 会在 15 分钟后使它失效。
fact-picture-of = 第 { $number } 张，共 { $count } 张
fact-pictures-came = 已收到 { $done } / { $count } 张
fact-seconds = { $seconds } 秒
fact-job = 任务 { $job }
credits = { $amount } 积分
credits-about = 约 { credits }
credits-and-money = { $credits }（{ $money }）

## 替代文字：为看不到图片的人描述图片

alt-picture = 图片：{ $prompt }
alt-picture-of = 第 { $number } 张图片，共 { $count } 张：{ $prompt }
alt-edited = 编辑后的图片：{ $prompt }
alt-source = 正在编辑的图片
alt-before = 编辑前：{ $alt }
alt-before-unknown = 编辑前：原图
alt-after = 编辑后：{ $alt }

## 额度和限制

unlimited-microcredits-per-day = 每天的积分不限
unlimited-microcredits-per-month = 每月的积分不限
unlimited-pictures-per-day = 每天的图片数不限
unlimited-pictures-per-month = 每月的图片数不限
unlimited-cooldown-s = 请求间隔不限
unlimited-pictures-per-request = 每次请求的图片数不限
unlimited-jobs-at-once = 进行中的请求数不限
limit-microcredits-per-day = 每天 { credits }
limit-microcredits-per-month = 每月 { credits }
limit-pictures-per-day = 每天 { $amount } 张图片
limit-pictures-per-month = 每月 { $amount } 张图片
limit-cooldown-s = 请求间隔 { $amount } 秒
limit-pictures-per-request = 每次请求最多 { $amount } 张图片
limit-jobs-at-once = 同时最多 { $amount } 个进行中的请求
used-microcredits-per-day = 今天已用 { $used } / { $most } 积分
used-microcredits-per-month = 本月已用 { $used } / { $most } 积分
used-pictures-per-day = 今天已用 { $used } / { $most } 张
used-pictures-per-month = 本月已用 { $used } / { $most } 张
budget-warning = **这个服务器的额度（{ $limit }）已用 { $used }**。用完后停止生成图片，{ $frees_at }重置。可以用 `/{ command-limits }` 更改限制，或请机器人的运营者提高额度。
limit-line = { $who }：{ $limit }
limit-line-used = { $who }：{ $limit }，已用 { $used }
limit-set = 已设置限制。{ $line }。
limit-changed = 已设置限制。{ $line }。之前：{ $before }。
limit-cleared = 已移除：{ $line }。
limit-unknown = 这个限制已不存在。用 `/{ command-limits } { command-limits-show }` 可以查看所有限制。
limit-not-of-a-whole = 这种限制只能为服务器中的身份组或用户设置。服务器和机器人只能设置每天或每月的图片数和积分限制。
limits-heading = **限制：{ $where }**
limits-more = 另外：{ $limits }。
limits-besides = 每位用户（所有服务器和私信合计）：{ $limits }。
limits-in-utc = -# 每天和每月从 UTC 零点开始。
limits-of-person = **{ $who } 在这里的限制**
limits-of-which-server = 请选择 `{ command-limits-set.server }` 或 `{ command-limits-set.everywhere }`。
limits-do-not-fit = 这些选项不能一起使用。请只选择一个身份组、用户、服务器或 `{ command-limits-set.everywhere }`；身份组只在自己的服务器中有效。
too-many-limits = 已达到 50 个限制的上限。请用 `/{ command-limits } { command-limits-clear }` 移除一个。
no-limits = 没有设置限制。
no-limit = 不限
amount-of-credits = { $typed } 不是有效的积分数。请填写 { $least } 到 { $most }，例如 2.5，或选择“{ no-limit }”。
amount-whole = { $typed } 不是有效的数量。请填写 { $least } 到 { $most } 的整数，或选择“{ no-limit }”。
server-unknown = 我不在那个服务器里。请从建议中选择。
server-left = 服务器 { $id }（机器人不在其中）
set-by-owner = { $whole }（由机器人的运营者设置）
the-whole-bot = 整个机器人
role-deleted = 已删除的身份组 { $id }
budget-person = 所有服务器和私信合计
budget-member = 在这个服务器里
budget-server = 整个服务器

## 使用权限

access-line = { $who } { $effect ->
        [deny] 不能
       *[allow] 可以
    }在{ $where ->
        [every] 任何频道
       *[one] { " " }{ $where }{ " " }
    }使用{ $model ->
        [every] 任何模型
       *[one] { " " }{ $model }
    }
access-set = { $line }。
access-turned = { $line }。相反的规则已被替换。
access-confirm = **这个服务器里将只有这些可以使用：**{ $line }。以下内容将不可用：
    { $stops }
access-stops-people = - { $who } 以外的所有人
access-stops-models = - { $model } 以外的所有模型
access-stops-edits = - 所有编辑：{ $model } 不能编辑图片
access-stops-channels = - { $channel } 以外的所有频道
button-confirm-rule = 只允许这些
access-closes = 从现在起，在这个服务器里只能使用被允许的内容。
access-cleared = 已移除：{ $line }。
access-heading = **使用权限**
access-open = 没有规则：所有人可以在所有频道使用所有模型。
access-open-but = 其他一切都允许。
access-closed = 其他一切都被禁止。禁止规则优先于允许规则。
access-of-person = 在这个频道里，{ $who } 可以使用 { $models }：{ $most }。
access-of-person-nothing = 在这个频道里，{ $who } 不能使用任何模型。
access-unknown = 这条规则已不存在。用 `/{ command-access } { command-access-show }` 可以查看所有规则。
too-many-access-rules = 已达到 50 条规则的上限。请用 `/{ command-access } { command-access-clear }` 移除一条。

## 按钮和选项

button-cancel = 取消
button-retry = 重试
button-collect = 获取图片
button-again = 重新生成
button-edit = 编辑
button-change = 修改提示词
button-details = 详情
button-delete = 删除
button-one = 再生成一张 · { $price }
button-original = 原图
button-dm = 发送到私信
button-start-again = 编辑这个版本
button-post = 发布到这里
button-ask = 从历史中删除
button-remove = 永久删除
button-show = 取消
button-newer = 较新
button-older = 较早
open-one = 发布、编辑或删除一项
picture-number = 第 { $number } 张
picture-number-named = 第 { $number } 张：{ $name }

## 表单

form-edit = 编辑图片
form-delete = 删除消息
sure-to-delete = **删除这条消息？** 你已为这张图片付费；它仍会保留在你的 `/{ command-history }` 中。
sure-to-delete-of = **删除这条消息？** { $who } 已为这张图片付费；它仍会保留在对方的 `/{ command-history }` 中。
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
suggested-model = { $model }：{ $good }（{ credits-about }，{ $seconds } 秒）
suggested-count = { $count } 张图片
suggested-count-priced = { $count } 张图片（{ credits-about }）
suggested-model-default = { $model }：默认，{ $good }（{ credits-about }，{ $seconds } 秒）
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
details-left-out = 有一张原图超过 Discord 的大小限制。机器人的运营者可以凭上方的任务编号发给你。
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
age = { $unit ->
    [days] { $number } 天前
    [hours] { $number } 小时前
    [minutes] { $number } 分钟前
   *[seconds] { $number } 秒前
}
entry-edit = 编辑
entry-pictures = { $count } 张图片
entry-gone = 已不再保存
entry-jump = 跳转
sure-to-remove = **要永久删除吗？**它会从 `/{ command-history }` 和机器人的磁盘中删除；频道里的消息会保留，直到你在那里删除。
removed = 已从 `/{ command-history }` 和机器人的磁盘中删除。
not-yet-removable = 这个请求仍在进行中。请一分钟后再试。
no-longer-kept = 这些图片已不再保存在这里。原来的消息可能还在频道里。

## 机器人可以在哪里发布

doctor-all-fine = 正常：在你能看到的全部 { $count } 个频道里，我都有所需的权限。
doctor-some-lacking = 在你能看到的 { $count } 个频道中，有 { $broken } 个缺少权限：
doctor-lacking = { $channel }：{ $permissions }
doctor-more = ……还有 { $count } 个。
doctor-mend = 请打开“编辑频道”，再打开“权限”，为我的身份组允许它们。
doctor-no-member = 我不是这个服务器的成员，只能响应命令。请用 bot 范围邀请我；`python bot.py doctor` 会给出链接。

## 不属于此人或已失效的点击和命令

unknown-job = 这个请求已不存在。
not-yours-to-cancel = 只有请求者或本频道的管理员可以取消这个请求。
not-yours-to-repeat = 只有请求者可以重试这个请求。请自己使用命令。
not-yours-to-collect = 只有请求者可以获取这张图片。
not-yours-to-delete = 只有请求者或本频道的管理员可以删除这张图片。
not-yours-to-choose = 只有消息的作者可以选择图片。请自己回复那张图片。
no-picture = 这条消息里没有我能编辑的图片。请选择带图片的消息。
not-mine = 这条消息里没有我生成的图片，所以没有详情。你仍然可以使用“{ command-edit-image }”。
picture-gone = 这张图片已不再保存在这里。如果它的消息还在，请右键点击那条消息，选择“APP”，再选“{ command-edit-image }”。
original-too-large = 原图超过 Discord 在这里的大小限制。机器人的运营者可以凭任务编号 { $job } 发给你。
dm-sent = 已发送到你的私信。
dm-closed = 我无法给你发私信。请在这个服务器的隐私设置中允许成员私信，然后重试。
no-dm-copy = 我无法给你发私信，所以这张图片只在这里。请在这个服务器的隐私设置中允许成员私信，或用 `/{ command-preferences }` 关闭私信副本。
age-restricted = 这张图片来自有年龄限制的频道，只能在这类频道中显示。请到那里操作，或在与我的私信中操作。
draft-gone = 这个表单已过期。请重新打开。

## 回复和提及

say-what = 请说明要修改什么，例如 `改成夜晚`。请再次回复那张图片。
reply-hint = 要编辑这张图片，请在回复中提及我。
no-picture-there = 我在那条消息里没有找到图片。请回复带图片的消息，或上传一张图片。
picture-not-shown = 除非机器人的运营者开启 MESSAGE_CONTENT_INTENT，Discord 不让我看到其他人的消息。请右键点击或长按图片，选择“APP”，再选“{ command-edit-image }”。
message-is-gone = 那条消息已被删除。请自己上传图片。
not-finished = 那张图片还没有完成。请等它完成后再回复。
so-many-pictures = 那条消息有 { $count } 张图片。请以有效的编号开头，例如 `1：改成夜晚`。
replies-are-off = 这个服务器关闭了通过回复或提及编辑图片。请使用 `/{ command-edit }`，或右键点击或长按图片，选择“APP”，再选“{ command-edit-image }”。
words-alone-are-off = 这个服务器关闭了通过提及生成图片。请使用 `/{ command-imagine }`，或回复一张图片并说明要修改什么。
direct-messages-closed = 我无法给你发私信，所以没有开始。请允许我的私信，或去掉 `private:true`。
private-words = 只有在私信中才能通过提及生成私密图片。请给我发私信，或使用 `/{ command-imagine }` 并打开 `{ command-imagine.private }`。
which-picture = **哪一张图片？**下次可以用编号开头，例如 `2：改成夜晚`。

## 帮助

help-generate = { $way ->
    [direct] **生成：**给我发提示词，例如 `黄昏时的灯塔`，或使用 `/{ command-imagine }`。
    [mention] **生成：**`/{ command-imagine } { command-imagine.prompt }:黄昏时的灯塔`，或提及我并写上提示词。
   *[command] **生成：**`/{ command-imagine } { command-imagine.prompt }:黄昏时的灯塔`
}
help-edit = { $way ->
    [direct] **编辑：**回复一张图片，或把图片发给我，并写上要修改什么，例如 `改成夜晚`。
    [everyone] **编辑：**回复我的图片并写上要修改什么，例如 `改成夜晚`。其他图片请使用 `/{ command-edit }`，或选择“APP”中的“{ command-edit-image }”。
    [requester] **编辑：**回复你的图片并写上要修改什么，例如 `改成夜晚`。其他图片请同时提及我，或使用 `/{ command-edit }`，或选择“APP”中的“{ command-edit-image }”。
    [mention] **编辑：**回复一张图片，提及我并写上要修改什么，例如 `改成夜晚`；也可以使用 `/{ command-edit }`，或选择“APP”中的“{ command-edit-image }”。
   *[command] **编辑：**使用 `/{ command-edit }`，或右键点击或长按图片，选择“APP”，再选“{ command-edit-image }”。然后写上要修改什么，例如 `改成夜晚`。
}
help-more = **更多：**`/{ command-history }` 查看你的图片，`/{ command-usage }` 查看你的限额，`/{ command-preferences }` 设置你的默认选项。
help-blocked = 你在这里被禁止生成图片。
help-not-here = 这个频道不能生成图片。{ $channels ->
        [none] 请联系服务器的管理者。
       *[other] 请到 { $channels } 使用。
    }
help-no-access = 你没有在这里生成图片的权限。请联系服务器的管理者。
help-no-permission = 我在这个频道需要以下权限：{ $permissions }。服务器的管理者可以在频道设置中授予。
help-manager = **服务器管理者**
    `/{ command-settings }`：默认选项、语言、通过回复编辑、记录频道（目前{ $log ->
        [none] 没有
       *[other] 为 { $log }
    }）
    `/{ command-limits }`：服务器、身份组或用户可以生成多少
    `/{ command-access }`：谁可以在哪里使用哪个模型
    `/{ command-moderation }`：屏蔽词和被禁止的用户
    `/{ command-usage }`：服务器的用量和费用
    `/{ command-doctor }`：我需要的权限
help-owner = **机器人的运营者**
    `/{ command-usage }`：所有服务器的用量和费用
    `/{ command-limits } { command-limits-set }` 配合 `{ command-limits-set.everywhere }`：所有服务器合计的限制
    `python bot.py doctor`：检查设置

## 头像

avatars-are-off = 这里不能编辑头像。服务器的管理者可以用 `/{ command-settings }` 开启。
avatar-not-allowed = 这位成员不允许编辑自己的头像。
no-avatar = 这位成员没有头像。
own-avatar-on = 在服务器允许的地方，其他人可以编辑你的头像。
own-avatar-off = 任何人都不能编辑你的头像。
entry-avatar = { $who } 的头像

## 管理

not-the-operator = 只有机器人的运营者可以使用 `{ command-moderation-words-add.everywhere }`。不填则只对这个服务器生效。
rule-added = 含有 ||{ $found }|| 的提示词现在会被屏蔽。可以用 `/{ command-moderation } { command-moderation-words } { command-moderation-words-test }` 检查文字。
rule-on-trial = 含有 ||{ $found }|| 的提示词现在只会被记录，不会被屏蔽。不填 `{ command-moderation-words-add.test }` 再添加一次即可屏蔽。
rule-removed = 已移除：||{ $found }||。
rule-unusable = 屏蔽词需要至少两个字母或一个汉字，最多 100 个字符。单个字母几乎会匹配每个提示词。
rule-unknown = 这些词没有被屏蔽。用 `/{ command-moderation } { command-moderation-words } { command-moderation-words-list }` 可以查看所有屏蔽词。
too-many-word-rules = 已达到 200 条屏蔽词的上限。请用 `/{ command-moderation } { command-moderation-words } { command-moderation-words-remove }` 移除一条。
no-word-rules = 没有屏蔽词。可以用 `/{ command-moderation } { command-moderation-words } { command-moderation-words-add }` 添加。
word-rules = **屏蔽词：{ $count } 条**
word-rule-on-trial = { $found }（只记录）
no-rule-finds-it = 没有匹配的屏蔽词。
rules-that-find-it = **匹配的屏蔽词：**
nobody-blocked = 没有被禁止的用户。
blocked-people = **被禁止的用户：{ $count } 位**
block-line = { $who }，无期限。原因：“{ $reason }”
block-line-until = { $who }，至 { $until }。原因：“{ $reason }”
somebody-deleted = 一位已删除数据的用户
and-more = ……还有 { $count } 条
not-blocked = 这位用户没有被禁止。
not-yourself = 你不能禁止自己。
unblocked = { $who } 可以重新生成图片了。

## 服务器的记录与举报

entry-on-trial = 一条只记录的规则匹配了：{ $found }
entry-hidden = 有年龄限制：此频道隐藏提示词和图片。
entry-report = **被举报**，举报人 { $who }：“{ $reason }”
entry-removed = **已移除**，操作者 { $who }
entry-posted-again = **再次发布**：{ $where }
button-jump = 打开
button-remove-message = 移除
button-block = 禁止
form-report = 举报图片
form-report-reason = 它有什么问题？
form-block = 禁止用户
form-block-reason = 原因（会告知对方）
form-block-end = 期限
end-hour = 1 小时
end-day = 1 天
end-week = 1 周
end-month = 30 天
end-never = 无期限
not-mine-to-report = 我在这条消息里没有找到我的图片。请告诉这个服务器的管理员。
report-of-nothing = 那张图片已被删除。如果你在别处看到它，请告诉这个服务器的管理员。
reported-too-often = 你已经举报过它，或达到了一小时五次举报的上限。如果很紧急，请告诉这个服务器的管理员。
report-not-given = 你的举报无法送达。请告诉这个服务器的管理员。
reported = 谢谢。管理员已收到你的举报。
not-yours-to-remove = 你需要图片所在频道的“管理消息”权限才能移除它。
not-mine-to-remove = 我没有移除那条消息的权限。请打开它并在那里删除。
not-yours-to-block = 你需要“管理服务器”权限才能禁止用户。

## 隐私

sure-to-forget = **要删除你的所有数据吗？**此操作无法撤销。
    删除：你的提示词、图片、草稿、风格、历史、名字和 ID。进行中的请求会被取消，不退款。
    保留：花费的金额（不含身份），以及你的 ID 的加密哈希值（用于本月的额度，以及未到期的禁止）。
    Discord 上的消息会保留：请先用消息上的按钮删除。用 `/{ command-privacy } { command-privacy-export }` 可以先下载你的数据。
button-forget = 全部删除
forgetting = 正在删除，可能需要一些时间。
forgotten = **已删除。**你的数据已清除。新的请求会开始新的历史。
forgotten-but = 仍在进行的请求：{ $requests } 个。它们已被取消，会在一天内删除。
forgotten-soon = 另一个程序正在读取数据库。它结束后会删除剩余的数据。
exported = **你的数据。**请求：{ $requests } 个，图片：{ $pictures } 张。
exported-part = 第 { $number } 部分
exported-requests-left-out = 放不下的最早请求：{ $requests } 个。机器人的运营者可以发给你。
exported-pictures-lost = 已删除或超过 Discord 大小限制的图片：{ $pictures } 张。
exported-pictures-left-out = 放不下的图片：{ $pictures } 张。用 `/{ command-privacy } { command-privacy-export } { command-privacy-export.skip }:{ $skip }` 导出下一部分；`/{ command-history }` 可以查看每一张。
export-under-way = 你上一次的导出仍在进行。完成后会发给你。

## 风格

style-saved = 风格 **{ $name }** 已保存。使用 `/{ command-imagine }` 和 `/{ command-edit }` 时，在 `{ command-imagine.style }` 中选择它。
style-replaced = 风格 **{ $name }** 已替换。
style-deleted = 风格 **{ $name }** 已删除。用它生成的图片会保留。
style-unknown = 这里没有名为 { $name } 的风格。用 `/{ command-style } { command-style-list }` 可以查看可用的风格。
style-empty = 风格需要名称和至少一项设置。请填写提示词之前或之后的文字、模型或尺寸。
too-many-styles = 已达到 25 个风格的上限。请用 `/{ command-style } { command-style-delete }` 删除一个，或沿用已有的名称。
no-styles = 这里还没有风格。可以用 `/{ command-style } { command-style-save }` 保存一个。
no-server-here = 这里不是服务器。请不要填写 `{ command-style-save.server }`。
not-yours-to-style = 你需要“管理服务器”权限才能更改服务器的风格。不填 `{ command-style-save.server }` 则保存为你自己的风格。
styles-user = 你的风格
styles-guild = 服务器的风格
style-words = { $before } [提示词] { $after }
suggested-style = { $name }：{ $words }
suggested-style-guild = { $name }（服务器）：{ $words }

## 服务器和个人的选择

language-name = 中文
panel-heading-server = **服务器设置**
panel-heading-own = **你的偏好**，适用于所有服务器和私信。请求中的选项优先。
panel-default-model = 模型
panel-default-edit-model = 编辑模型
panel-default-size = 尺寸
panel-default-count = 每次请求的图片数
panel-language = 语言
panel-retention-days = 保存时间
panel-log-channel-id = 记录频道
panel-reply-edits = 通过回复编辑
panel-spoiler = 剧透
panel-mention-generates = 通过提及生成
panel-avatars = 允许编辑头像
panel-private = 结果仅自己可见
panel-dm = 同时发送到私信
panel-counted = 在服务器统计中显示我的名字
panel-value = { $name }：{ $value }
panel-save = 保存
panel-saved = **已保存。**
panel-unsaved = 尚未保存。
panel-conflict = 面板打开期间，这些设置已被更改：
    { $changes }
    你的更改**尚未保存**。请检查后再次按“保存”。
message-over = 这条消息已超过 15 分钟，没有保存任何更改。请重新使用 { $command }。
value-nowhere = 无
log-channel-closed = 我在那个频道需要“查看频道”“发送消息”和“添加文件”权限。请授予后再选择一次。
not-chosen = { $value }（默认）
value-yes = 是
value-no = 否
value-days = { $days } 天
value-for-ever = 不限
value-as-discord = 与服务器的 Discord 语言相同
value-as-operator = 由机器人的运营者设置
reply-edits-everyone = 所有人
reply-edits-requester = 请求者；其他人需提及我
reply-edits-mention = 提及我的人
reply-edits-off = 没有人

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
usage-limits = **额度**
usage-left = { $whose }：剩余 { $left }（{ $limit }），{ $renewed_at }重置
button-period-day = 日
button-period-week = 周
button-period-month = 月
usage-models = **按模型**
usage-commands = **按命令**
usage-people = **用量最多的用户**
usage-part = { $name } · { $pictures } 张图片 · { $credits }
usage-table = 全部 { $count } 个请求的 CSV 文件，从最新的开始：
usage-table-cut = 最新 { $count } 个请求的 CSV 文件，受 Discord 文件大小限制。请选择更短的时间以减少请求。
usage-withheld = 未包含：私密的提示词，以及不参与统计的用户。
usage-restricted = 有年龄限制频道的提示词，只在这类频道中包含。
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
not-yours-to-see-server = 你需要“管理服务器”权限才能查看它的用量。请选择你自己的用量。
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
    .description = 根据提示词生成图片
    .prompt = 提示词
    .prompt-description = 描述你想要的图片
    .model = 模型
    .model-description = Flux 模型
    .size = 尺寸
    .size-description = 宽高比，例如 16:9；部分模型也接受像素，例如 1344x768
    .count = 数量
    .count-description = 图片数量，1 到 4
    .spoiler = 剧透
    .spoiler-description = 隐藏图片，点击后才显示
    .private = 私密
    .private-description = 只有你能看到结果
    .style = 风格
    .style-description = 已保存的风格；这里的选项优先
command-edit = 改图
    .description = 编辑图片
    .image = 图片
    .image-description = 要编辑的图片：PNG、JPEG、WebP、GIF、AVIF 或 HEIC
    .image2 = 图片2
    .image2-description = 另一张图片，拼接在第一张的右边
    .image3 = 图片3
    .image3-description = 第三张图片，拼接在其他图片的右边
    .prompt = 提示词
    .prompt-description = 描述要修改什么
    .model = 模型
    .model-description = Flux 模型
    .size = 尺寸
    .size-description = 宽高比；默认与原图一致
    .spoiler = 剧透
    .spoiler-description = 隐藏图片，点击后才显示
    .private = 私密
    .private-description = 只有你能看到结果
    .style = 风格
    .style-description = 已保存的风格；这里的选项优先
command-history = 历史
    .description = 查看你的图片，从最新的开始；只有你能看到
    .words = 关键词
    .words-description = 在提示词中搜索
    .kind = 类型
    .kind-description = 只看生成或只看编辑的图片
command-show = 查看
    .description = 再次显示一张图片；只有你能看到
    .job = 任务
    .job-description = 提示词中的文字，或任务编号
command-style = 风格
    .description = 保存并重复使用风格
command-style-save = 保存
    .description = 将文字、模型和尺寸保存为风格
    .name = 名称
    .name-description = 名称；同名的风格会被替换
    .before = 前置文字
    .before-description = 提示词之前的文字，例如：一幅水彩画，画的是
    .after = 后置文字
    .after-description = 提示词之后的文字，例如：柔和的光线，胶片颗粒
    .model = 模型
    .model-description = 默认模型
    .size = 尺寸
    .size-description = 默认尺寸
    .server = 服务器
    .server-description = 保存给整个服务器；需要“管理服务器”权限
command-style-list = 列表
    .description = 列出你在这里可用的风格
command-style-delete = 删除
    .description = 删除一个风格
    .name = 名称
    .name-description = 风格
    .server = 服务器
    .server-description = 服务器的风格；需要“管理服务器”权限
command-help = 帮助
    .description = 显示你在这里可以做什么
command-doctor = 诊断
    .description = 检查机器人在服务器频道中的权限
command-settings = 设置
    .description = 查看或更改服务器设置
    .size = 尺寸
    .size-description = 新图片的默认尺寸，例如 1344x768；立即保存
    .retention = 保存时间
    .retention-description = 提示词和图片保存的天数，0 表示不限；立即保存
command-usage = 用量
    .description = 查看图片数、费用和用时
    .scope = 范围
    .scope-description = 谁的用量；默认是你自己的
    .period = 时间
    .period-description = 时间段（UTC）；默认是本月
    .csv = 表格
    .csv-description = 附上包含每个请求的 CSV 文件
command-preferences = 偏好
    .description = 查看或更改你的默认选项
    .size = 尺寸
    .size-description = 新图片的默认尺寸，例如 1344x768；立即保存
    .dm = 私信
    .dm-description = 同时把你的图片发送到私信；立即保存
command-moderation = 管理
    .description = 屏蔽词和禁止用户
command-moderation-words = 词语
    .description = 屏蔽词
command-moderation-words-add = 添加
    .description = 屏蔽含有这些词的提示词
    .words = 词语
    .words-description = 完整的词；不区分大小写和形近字母
    .test = 只记录
    .test-description = 只记录，不屏蔽
    .everywhere = 全局
    .everywhere-description = 在整个机器人中；仅限运营者
command-moderation-words-remove = 移除
    .description = 移除屏蔽词
    .words = 词语
    .words-description = 屏蔽词
    .everywhere = 全局
    .everywhere-description = 在整个机器人中；仅限运营者
command-moderation-words-list = 列表
    .description = 显示屏蔽词
    .everywhere = 全局
    .everywhere-description = 在整个机器人中；仅限运营者
command-moderation-words-test = 测试
    .description = 检查文字是否含有屏蔽词
    .text = 文字
    .text-description = 要检查的文字
command-moderation-block = 禁止
    .description = 禁止用户生成图片
    .user = 用户
    .user-description = 用户
    .reason = 理由
    .reason-description = 原因，会告知对方
    .end = 期限
    .end-description = 期限
    .everywhere = 全局
    .everywhere-description = 在整个机器人中；仅限运营者
command-moderation-unblock = 解除
    .description = 解除对用户的禁止
    .user = 用户
    .user-description = 用户
    .everywhere = 全局
    .everywhere-description = 在整个机器人中；仅限运营者
command-moderation-blocked = 名单
    .description = 显示被禁止的用户
    .everywhere = 全局
    .everywhere-description = 在整个机器人中；仅限运营者
command-limits = 限额
    .description = 限制图片和积分
command-limits-set = 设置
    .description = 设置或替换限制
    .what = 项目
    .what-description = 限制类型；每天和每月从 UTC 零点开始
    .amount = 数量
    .amount-description = 数量，例如 10，或不限
    .role = 身份组
    .role-description = 针对这个身份组的每个成员；不选身份组和用户则针对整个服务器
    .user = 用户
    .user-description = 针对一位用户；优先于身份组的限制
    .server = 服务器
    .server-description = 针对整个服务器；仅限运营者
    .everywhere = 全局
    .everywhere-description = 在整个机器人中；仅限运营者
command-limits-clear = 取消
    .description = 移除限制
    .rule = 限制
    .rule-description = 限制
command-limits-show = 显示
    .description = 显示限制和用量
    .user = 用户
    .user-description = 用户在这里的限制和用量
    .everywhere = 全局
    .everywhere-description = 整个机器人和每个服务器；仅限运营者
command-access = 权限
    .description = 允许或禁止模型和频道
command-access-allow = 允许
    .description = 允许身份组或用户使用；其他一切都被禁止
    .role = 身份组
    .role-description = 身份组；默认是所有人
    .user = 用户
    .user-description = 用户
    .model = 模型
    .model-description = 模型；默认是所有模型
    .channel = 频道
    .channel-description = 频道或类别；默认是所有频道
command-access-deny = 禁止
    .description = 禁止身份组或用户使用；优先于允许规则
    .role = 身份组
    .role-description = 身份组；默认是所有人
    .user = 用户
    .user-description = 用户
    .model = 模型
    .model-description = 模型；默认是所有模型
    .channel = 频道
    .channel-description = 频道或类别；默认是所有频道
command-access-clear = 取消
    .description = 移除允许或禁止规则
    .rule = 规则
    .rule-description = 规则
command-access-show = 显示
    .description = 显示允许和禁止规则
    .user = 用户
    .user-description = 用户在这个频道可以使用什么
command-privacy = 隐私
    .description = 导出或删除你的数据
command-privacy-export = 导出
    .description = 将你的数据导出为 ZIP 文件
    .skip = 跳过
    .skip-description = 跳过的图片数量，见上一次导出
command-privacy-avatar = 头像
    .description = 设置其他人能否编辑你的头像
    .allowed = 允许
    .allowed-description = 在服务器允许的地方可以编辑；默认允许
command-privacy-delete = 删除
    .description = 删除你的数据
command-edit-image = 编辑图片
command-edit-avatar = 编辑头像
command-report-image = 举报图片
command-image-details = 图片详情
choice-drawings = 生成的图片
choice-edits = 编辑的图片
choice-pictures-per-day = 每天的图片数
choice-pictures-per-month = 每月的图片数
choice-credits-per-day = 每天的积分
choice-credits-per-month = 每月的积分
choice-pictures-at-once = 每次请求的图片数
choice-cooldown = 请求间隔秒数
choice-jobs-at-once = 进行中的请求数
choice-hour = 1 小时
choice-day = 1 天
choice-week = 1 周
choice-month = 30 天
choice-never = 无期限
choice-usage-mine = 我的
choice-usage-server = 这个服务器的；需要“管理服务器”权限
choice-usage-all = 全部；仅限机器人的运营者
choice-usage-day = 今天
choice-usage-week = 本周，从星期一开始
choice-usage-month = 本月
