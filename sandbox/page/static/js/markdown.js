// Discord's markdown as nodes: https://discord.com/developers/docs/reference#message-formatting

import { el } from "./dom.js";
import { channelOf, nameOf, roleOf } from "./state.js";
import { timeElement } from "./times.js";
import { t } from "./words.js";

const DEEPEST = 12;
const MESSAGE_LINK =
  /^https:\/\/(?:\w+\.)?discord(?:app)?\.com\/channels\/(@me|\d+)\/(\d+)(?:\/(\d+))?$/;

// Tried in this order at each place; inside a pair, \ makes the next character a plain one.
const INLINE = [
  [/\\([!-/:-@[-`{-~])/y, (match) => match[1]],
  [/(`{1,2})([^]+?)\1(?!`)/y, (match) => el("code", {}, match[2])],
  [
    /\*\*((?:\\[^]|[^\\])+?)\*\*(?!\*)/y,
    (match, depth) => el("strong", {}, ...inline(match[1], depth)),
  ],
  [/__((?:\\[^]|[^\\])+?)__(?!_)/y, (match, depth) => el("u", {}, ...inline(match[1], depth))],
  [
    /\*(?=\S)((?:\\[^]|[^\\*])+?)\*(?!\*)/y,
    (match, depth) => el("em", {}, ...inline(match[1], depth)),
  ],
  [/_((?:\\[^]|[^\\_])+?)_(?!\w)/y, (match, depth) => el("em", {}, ...inline(match[1], depth))],
  [/~~((?:\\[^]|[^\\])+?)~~/y, (match, depth) => el("s", {}, ...inline(match[1], depth))],
  [/\|\|((?:\\[^]|[^\\])+?)\|\|/y, (match, depth) => hidden(inline(match[1], depth))],
  [/<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y, (match) => timeElement(Number(match[1]), match[2])],
  [/<@!?(\d+)>/y, (match) => mention(`@${nameOf(match[1])}`)],
  [/<@&(\d+)>/y, (match) => mention(`@${roleOf(match[1])?.name ?? t("unknown role")}`)],
  [/<#(\d+)>/y, (match) => channelMention(match[1])],
  [/<\/([^:<>]{1,100}):(\d+)>/y, (match) => commandMention(match[1])],
  [/<a?:(\w+):\d+>/y, (match) => `:${match[1]}:`],
  [/@(?:everyone|here)\b/y, (match) => mention(match[0])],
  [
    /\[((?:\\[^]|[^\]\\])+)\]\(<?(https?:\/\/[^\s<>)]+)>?(?:\s+"[^"]*")?\)/y,
    (match, depth) => link(match[2], inline(match[1], depth)),
  ],
  [/<(https?:\/\/[^\s<>]+)>/y, (match) => link(match[1], [match[1]])],
  [/https?:\/\/[^\s<>]*[^\s<>.,:;"')\]]/y, (match) => link(match[0], [match[0]])],
];

// Each pattern begins with one of these.
const SPECIAL = /[\\`*_~|<@[h]/;

/** Turn a line or more into nodes and texts. */
export function inline(text, depth = 0) {
  const nodes = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const found = depth < DEEPEST && SPECIAL.test(text[at]) ? matchAt(text, at) : null;
    if (!found) {
      plain += text[at];
      at += 1;
      continue;
    }
    const made = found.make(found.match, depth + 1);
    if (typeof made === "string") {
      plain += made;
    } else {
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(made);
    }
    at += found.match[0].length;
  }
  if (plain) nodes.push(plain);
  return nodes;
}

function matchAt(text, at) {
  // An underline within a word, as in a_name_like_this, is none.
  if (text[at] === "_" && at > 0 && /\w/.test(text[at - 1])) return null;
  for (const [pattern, make] of INLINE) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return { match, make };
  }
  return null;
}

/** Turn a whole text into a list of blocks. */
export function markdown(text) {
  const blocks = [];
  for (const [index, part] of text.split(/```(?:[\w+-]*\n)?([^]+?)```/).entries()) {
    if (index % 2) blocks.push(el("pre", {}, el("code", {}, part.replace(/\n$/, ""))));
    else blocks.push(...lines(part));
  }
  return blocks;
}

const LINES = [
  [/^-# (.*)$/, (match) => el("small", { class: "small-print" }, ...inline(match[1]))],
  [/^(#{1,3}) (.*)$/, (match) => el(`h${match[1].length + 2}`, {}, ...inline(match[2]))],
  [/^> (.*)$/, (match) => el("blockquote", {}, ...inline(match[1]))],
  [/^\s*[-*] (.*)$/, (match) => el("div", { class: "bullet" }, ...inline(match[1]))],
];

function lines(text) {
  const blocks = [];
  let plain = [];
  const flush = () => {
    const joined = plain.join("\n").replace(/^\n+|\n+$/g, "");
    if (joined) blocks.push(el("p", {}, ...inline(joined)));
    plain = [];
  };
  for (const line of text.split("\n")) {
    const found = LINES.map(([pattern, make]) => [pattern.exec(line), make]).find(
      ([match]) => match,
    );
    if (!found) {
      plain.push(line);
      continue;
    }
    flush();
    blocks.push(found[1](found[0]));
  }
  flush();
  return blocks;
}

/** Return what a text says without its marks, for a single line. */
export function plainly(text) {
  return el("span", {}, ...markdown(text))
    .textContent.replace(/\s+/g, " ")
    .trim();
}

/** Make a link; one to a message goes there within the page. */
export function link(address, children, attributes = {}) {
  const inside = MESSAGE_LINK.exec(address);
  if (!inside) {
    const outside = { href: address, target: "_blank", rel: "noreferrer noopener" };
    return el("a", { ...outside, ...attributes }, ...children);
  }
  const jump = (event) => {
    event.preventDefault();
    const detail = { channel: inside[2], message: inside[3] };
    document.dispatchEvent(new CustomEvent("jump", { detail }));
  };
  return el("a", { href: address, ...attributes, on: { click: jump } }, ...children);
}

function mention(text) {
  return el("span", { class: "mention" }, text);
}

function channelMention(channelId) {
  const name = channelOf(channelId)?.name ?? "unknown";
  const address = `https://discord.com/channels/@me/${channelId}`;
  return link(address, [`#${name}`], { class: "mention" });
}

function commandMention(name) {
  const open = () => document.dispatchEvent(new CustomEvent("command", { detail: name }));
  return el("button", { type: "button", class: "mention", on: { click: open } }, `/${name}`);
}

function hidden(children) {
  const cover = el("span", {
    class: "spoiler-text",
    role: "button",
    tabindex: 0,
    "aria-label": t("Spoiler, press to show"),
  });
  const inner = el("span", { "aria-hidden": "true" }, ...children);
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    cover.classList.add("shown");
    cover.removeAttribute("role");
    cover.removeAttribute("aria-label");
    cover.removeAttribute("tabindex");
    inner.removeAttribute("aria-hidden");
  };
  cover.addEventListener("click", show);
  cover.addEventListener("keydown", show);
  cover.append(inner);
  return cover;
}
