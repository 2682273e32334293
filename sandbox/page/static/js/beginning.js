// What stands above the first message of a channel.

import { dots, el, icon, ICONS } from "./dom.js";
import { here, state } from "./state.js";

const FORUM = 15;

/** Say that older messages are being read, that there are none, or which posts a forum has. */
export function beginning(hasOlder) {
  if (hasOlder) return el("p", { class: "loading" }, dots(), "Loading older messages");
  if (here().type !== FORUM) {
    return el(
      "p",
      {},
      "This is the beginning of this channel. Type / to see what Fluxcord can do.",
    );
  }
  const posts = state.scene.channels.filter(({ parent_id }) => parent_id === state.channelId);
  return el(
    "ul",
    { class: "posts", "aria-label": "Posts" },
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
