// A command on its way: sent, and not answered yet, or come to nothing.

import { dots, el, icon, ICONS } from "./dom.js";
import { avatar } from "./message.js";
import { me, shownName, state } from "./state.js";
import { t } from "./words.js";

/** Draw a command that was sent and not answered yet. */
export function pendingNode(name, slash = true) {
  return el(
    "li",
    { class: "message pending" },
    el(
      "article",
      {},
      el(
        "p",
        { class: "above" },
        icon(ICONS.reply),
        el("strong", {}, shownName(me())),
        t(" used "),
        el("span", { class: "mention" }, slash ? `/${name}` : name),
      ),
      avatar(state.scene.bot),
      el(
        "div",
        { class: "said" },
        el(
          "header",
          {},
          el("strong", { class: "author" }, state.scene.bot.username),
          el("span", { class: "tag" }, "APP"),
        ),
        el("p", { class: "thinking" }, dots(), t("Sending command…")),
      ),
    ),
  );
}

/** Say why a command came to nothing, and offer it again. */
export function failPending(node, why, again) {
  const retry = el(
    "button",
    {
      type: "button",
      class: "link-button",
      on: {
        click: () => {
          node.remove();
          again();
        },
      },
    },
    t("Try again"),
  );
  const dismiss = el(
    "button",
    { type: "button", class: "link-button", on: { click: () => node.remove() } },
    t("Dismiss"),
  );
  node
    .querySelector(".thinking")
    .replaceWith(
      el("p", { class: "failed", role: "alert" }, el("span", {}, t(why)), retry, " · ", dismiss),
    );
}
