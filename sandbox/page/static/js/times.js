// Moments in words, and those that count by themselves.

import { dateLocale, locale, t } from "./words.js";

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

/** Write how far a moment is from now, such as "in 12 seconds". */
export function relative(seconds, now = Date.now() / 1000) {
  const distance = Math.round(seconds - now);
  const [unit, length] = UNITS.find(([, size]) => Math.abs(distance) >= size) ?? UNITS.at(-1);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
  return words.format(Math.trunc(distance / length), unit);
}

/** Make the element of a timestamp such as <t:1700000000:R>. */
export function timeElement(seconds, style = "f") {
  const node = document.createElement("time");
  const moment = new Date(seconds * 1000);
  if (Number.isNaN(moment.getTime())) {
    node.textContent = t("an unknown time");
    return node;
  }
  node.dateTime = moment.toISOString();
  node.title = moment.toLocaleString(dateLocale, STYLES.F);
  if (style === "R") {
    node.dataset.counts = String(seconds);
    node.textContent = relative(seconds);
  } else {
    node.textContent = moment.toLocaleString(dateLocale, STYLES[style] ?? STYLES.f);
  }
  return node;
}

export function clockTime(iso) {
  return new Date(iso).toLocaleTimeString(dateLocale, { hour: "2-digit", minute: "2-digit" });
}

setInterval(() => {
  for (const node of document.querySelectorAll("time[data-counts]")) {
    const words = relative(Number(node.dataset.counts));
    if (node.textContent !== words) node.textContent = words;
  }
}, 1000);
