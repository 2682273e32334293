// One message: who says what, what it answers, and what can be done with it.

import { components, textsOf } from "./components.js";
import { dots, el, icon, iconButton, ICONS } from "./dom.js";
import { inline, markdown, plainly } from "./markdown.js";
import { attachments, gallery, thumbnail } from "./media.js";
import { openModal } from "./modal.js";
import { act, Refused } from "./net.js";
import { listenForMenu, tools } from "./messagemenu.js";
import { me, said, shownName } from "./state.js";
import { clockTime } from "./times.js";
import { dateLocale, t } from "./words.js";

const COMPONENTS_V2 = 1 << 15;

const failures = new Map();

/** Draw a message; `compact` leaves out who says it, `todo` holds what its menu can do. */
export function messageNode(message, { compact, todo }) {
  const mine = message.author.id === me()?.id;
  const pinged = message.mentions.some(({ id }) => id === me()?.id);
  const node = el(
    "li",
    {
      class: [
        "message",
        compact ? "compact" : "",
        pinged && !mine ? "pinged" : "",
        message.private ? "private" : "",
      ].join(" "),
      "data-id": message.id,
    },
    el(
      "article",
      {
        tabindex: -1,
        "aria-label": t("{name} at {time}", {
          name: shownName(message.author),
          time: clockTime(message.timestamp),
        }),
      },
      above(message),
      compact
        ? el(
            "time",
            { class: "when side", datetime: message.timestamp },
            clockTime(message.timestamp),
          )
        : avatar(message.author),
      el(
        "div",
        { class: "said" },
        compact ? null : heading(message),
        ...body(message, todo),
        message.edited_timestamp && !isCard(message)
          ? el("small", { class: "edited" }, t("(edited)"))
          : null,
        failures.has(message.id) ? failure(message.id, todo) : null,
        message.private ? privately(message, todo) : null,
      ),
      tools(message, todo),
    ),
  );
  listenForMenu(node, message, todo);
  return node;
}

/** Say in one line what a message says. */
export function summary(message) {
  const words = plainly(textsOf(message)[0] ?? "");
  if (words) return words;
  return message.attachments.length ? t("A file") : t("A message");
}

function isCard(message) {
  return Boolean(message.flags & COMPONENTS_V2);
}

/** Draw a person as a coloured letter; the bot has the sandbox's picture. */
export function avatar(user) {
  const hue = [...user.username].reduce(
    (sum, letter) => (sum * 7 + letter.charCodeAt(0) * 53) % 360,
    0,
  );
  const node = el("span", { class: user.bot ? "avatar bot" : "avatar", "aria-hidden": "true" });
  if (user.bot) node.append(el("img", { src: "/icon.svg", alt: "", width: 40, height: 40 }));
  else node.append(shownName(user).slice(0, 1).toUpperCase());
  node.style.setProperty("--hue", String(hue));
  return node;
}

function heading(message) {
  return el(
    "header",
    {},
    el("strong", { class: "author" }, shownName(message.author)),
    message.author.bot ? el("span", { class: "tag" }, "APP") : null,
    el(
      "time",
      {
        class: "when",
        datetime: message.timestamp,
        title: new Date(message.timestamp).toLocaleString(dateLocale),
      },
      clockTime(message.timestamp),
    ),
  );
}

function above(message) {
  if (message.used) {
    const { user, name, slash } = message.used;
    return el(
      "p",
      { class: "above" },
      icon(ICONS.reply),
      el("strong", {}, shownName(user)),
      t(" used "),
      el("span", { class: "mention" }, slash ? `/${name}` : name),
    );
  }
  if (!message.message_reference || message.message_reference.type === 1) return null;
  const target = message.referenced_message;
  if (!target)
    return el("p", { class: "above" }, icon(ICONS.reply), el("em", {}, t("The message was deleted")));
  const jump = () => {
    const detail = { channel: target.channel_id, message: target.id };
    document.dispatchEvent(new CustomEvent("jump", { detail }));
  };
  const pinged = message.mentions.some(({ id }) => id === target.author.id);
  return el(
    "p",
    { class: "above" },
    icon(ICONS.reply),
    el("strong", {}, `${pinged ? "@" : ""}${shownName(target.author)}`),
    el(
      "button",
      { type: "button", class: "snippet", on: { click: jump } },
      summary(target).slice(0, 160),
    ),
  );
}

function body(message, todo) {
  if (message.thinking) {
    return [el("p", { class: "thinking" }, dots(), t("{name} is thinking…", { name: shownName(message.author) }))];
  }
  const snapshot = message.message_snapshots?.[0]?.message;
  if (snapshot) {
    return [
      el(
        "blockquote",
        { class: "forwarded" },
        el("small", {}, t("Forwarded")),
        ...contents(snapshot, todo.useOf(message)),
      ),
    ];
  }
  return contents(message, todo.useOf(message));
}

function contents(message, use) {
  return [
    message.content ? el("div", { class: "text" }, ...markdown(message.content)) : null,
    ...attachments(message.attachments),
    ...message.embeds.map(embed),
    message.components.length
      ? el("div", { class: "parts" }, ...components(message.components, use))
      : null,
  ];
}

function embed(given) {
  const shown = given.image ?? given.thumbnail;
  if (given.type === "image" && shown) return gallery([shown]);
  const node = el(
    "section",
    { class: "card accented" },
    given.title ? el("h4", {}, ...inline(given.title)) : null,
    given.description ? el("div", { class: "text" }, ...markdown(given.description)) : null,
    ...(given.fields ?? []).map(({ name, value }) =>
      el("div", { class: "text" }, el("strong", {}, ...inline(name)), ...markdown(value)),
    ),
    given.image ? gallery([given.image]) : null,
    given.thumbnail && !given.image ? thumbnail(given.thumbnail) : null,
  );
  if (given.color)
    node.style.setProperty("--card", `#${given.color.toString(16).padStart(6, "0")}`);
  return node;
}

function privately(message, todo) {
  const dismiss = () => todo.remove(message);
  return el(
    "p",
    { class: "only-you" },
    icon(ICONS.eye),
    t("Only you can see this · "),
    el(
      "button",
      { type: "button", class: "link-button", on: { click: dismiss } },
      t("Dismiss message"),
    ),
  );
}

function failure(messageId, todo) {
  const forget = () => {
    failures.delete(messageId);
    todo.redraw(messageId);
  };
  return el(
    "p",
    { class: "failed", role: "alert" },
    failures.get(messageId),
    iconButton(t("Dismiss"), ICONS.close, forget),
  );
}

/** Do what a component of a message asks for, and show that it is under way. */
export async function useComponent(name, message, part, more, node, redraw) {
  node.classList.add("busy");
  node.disabled = true;
  failures.delete(message.id);
  const where = { channel: message.channel_id };
  try {
    const answer = await act(
      name,
      said({ ...where, message: message.id, custom_id: part.custom_id, ...more }),
    );
    answered(answer, message.id, redraw);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    failures.set(message.id, error.message);
    redraw(message.id);
  } finally {
    node.classList.remove("busy");
    node.disabled = Boolean(part.disabled);
  }
}

function answered(answer, messageId, redraw) {
  if (answer.failed) {
    failures.set(messageId, t(answer.failed));
    redraw(messageId);
  }
  if (answer.modal) openModal(answer.modal, () => {});
}
