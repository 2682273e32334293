// The tables of the database behind the scenes, and what Flux charged.

import { el } from "./dom.js";
import { t } from "./words.js";

const HEADINGS = {
  state: "State",
  user: "User",
  command: "Command",
  prompt: "Prompt",
  model: "Model",
  size: "Size",
  count: "Images",
  seconds: "Seconds",
  credits: "Credits",
  credits_are: "Credits are",
  error_code: "Error code",
  place: "Channel",
  task_id: "Flux task",
  job_id: "Job",
  requested_at: "Requested (UTC)",
  payer: "Payer",
  kind: "Entry",
  is_estimate: "Estimate",
  user_id: "User id",
  created_at: "Booked (UTC)",
};

// How values of the database are shown.
const NAMES = {
  state: {},
  credits_are: {},
  kind: { reserved: "reserved", settled: "settled", given_back: "refund", carried: "charge" },
  payer: { user: "user", house: "bot owner" },
  is_estimate: { 0: "no", 1: "yes" },
};

// What of a row is shown, and in which order; a column that is not there is left out.
export const JOB_COLUMNS = [
  "state",
  "user",
  "command",
  "prompt",
  "model",
  "size",
  "count",
  "seconds",
  "credits",
  "credits_are",
  "error_code",
  "place",
  "task_id",
  "job_id",
  "requested_at",
];
export const LEDGER_COLUMNS = [
  "payer",
  "kind",
  "credits",
  "is_estimate",
  "job_id",
  "user_id",
  "created_at",
];

export function rows({ columns, rows: all }, wanted) {
  if (!all.length) return el("p", { class: "none" }, t("No rows yet."));
  const order = wanted.map((name) => columns.indexOf(name)).filter((index) => index >= 0);
  const table = el(
    "div",
    { class: "table", tabindex: 0 },
    el(
      "table",
      {},
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ...order.map((index) => el("th", { scope: "col" }, t(HEADINGS[columns[index]]))),
        ),
      ),
      el(
        "tbody",
        {},
        ...all.map((row) =>
          el("tr", {}, ...order.map((index) => cell(columns[index], row[index]))),
        ),
      ),
    ),
  );
  const hint = el("p", { class: "scroll-hint", "aria-hidden": "true" }, t("Scroll sideways for more →"));
  return el("div", { class: "table-box" }, hint, table);
}

function cell(column, value) {
  const named = column in NAMES ? t(NAMES[column][value] ?? value) : value;
  if (column === "state") return el("td", {}, el("span", { class: `state ${value}` }, named));
  const short = column.endsWith("_at") ? value.slice(0, 19).replace("T", " ") : named;
  return el("td", { title: named }, el("span", {}, short));
}

export function charges({ charges: all, charged }) {
  const table = {
    columns: ["credits", "model", "count", "task_id"],
    rows: all.map(({ credits, model, pictures, task }) => [credits, model, pictures, task]),
  };
  return [
    el("p", { class: "sum" }, t("Flux charged "), el("strong", {}, charged), t(" credits in total.")),
    rows(table, table.columns),
  ];
}

/** Show by a shadow, and a line above, that a table goes on beyond its edge. */
export function hintAt(table) {
  const show = () => {
    const left = table.scrollWidth - table.clientWidth - table.scrollLeft;
    table.parentElement.classList.toggle("more-right", left > 4);
    table.parentElement.classList.toggle("scrolls", table.scrollWidth > table.clientWidth + 4);
  };
  table.addEventListener("scroll", show, { passive: true });
  new ResizeObserver(show).observe(table);
}
