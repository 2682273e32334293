// What stands above the first message of a channel.

import { dots, el, icon, ICONS } from "./dom.js";
import { commandsIn, here, state } from "./state.js";
import { t } from "./words.js";

const FORUM = 15;
const THREAD = 11;
const SLASH = 1;

const TRIES = [
  ["imagine", t("Generate an image"), t("Sends /imagine with a prompt.")],
  ["reply", t("Edit it by replying"), t("Replies to the newest image: “make it night”.")],
  ["kill", t("Kill the bot"), t("Kills it during a request. Watch it recover.")],
];

/** Say that older messages are being read, that there are none, or which posts a forum has. */
export function beginning(hasOlder) {
  if (hasOlder) return el("p", { class: "loading" }, dots(), t("Loading older messages"));
  const channel = here();
  const offers = commandsIn(channel, SLASH).some(({ name }) => name === "imagine");
  if (channel.type !== FORUM && channel.type !== THREAD && channel.may_send && offers)
    return welcome();
  if (channel.type !== FORUM) {
    return el(
      "p",
      {},
      t("This is the beginning of this channel. Type / to see what Fluxcord can do."),
    );
  }
  const posts = state.scene.channels.filter(({ parent_id }) => parent_id === state.channelId);
  return el(
    "ul",
    { class: "posts", "aria-label": t("Posts") },
    ...posts.map(({ id, name }) => {
      const open = () =>
        document.dispatchEvent(new CustomEvent("jump", { detail: { channel: id } }));
      return el(
        "li",
        {},
        el(
          "button",
          { type: "button", class: "post-link", on: { click: open } },
          icon(ICONS.thread),
          name,
        ),
      );
    }),
  );
}

/** Three things to try, each by one press. */
function welcome() {
  const tries = TRIES.map(([name, title, note], index) => {
    const start = () => document.dispatchEvent(new CustomEvent("try", { detail: name }));
    return el(
      "button",
      { type: "button", class: "try", "data-key": `try-${name}`, on: { click: start } },
      el("strong", {}, `${index + 1}. ${title}`),
      el("small", {}, note),
    );
  });
  return el(
    "section",
    { class: "welcome", "aria-labelledby": "welcome" },
    el("h2", { id: "welcome" }, t("Welcome to the sandbox")),
    el("p", {}, t("The real bot between a local Discord and a local Flux. Nothing here costs money.")),
    el("div", { class: "tries" }, ...tries),
    el("p", {}, t("Or type / for all commands.")),
  );
}
