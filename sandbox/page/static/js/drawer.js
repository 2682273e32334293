// Behind the scenes: requests, jobs, the ledger, what Flux charged, and switches for faults.

import { el, iconButton, ICONS, notice } from "./dom.js";
import { look, Refused, say, shown } from "./net.js";
import { select } from "./popup.js";
import { dateLocale, t } from "./words.js";

const EVERY_MS = 1000;
const MOST_LINES = 300;
const TABS = {
  requests: t("Requests"),
  jobs: t("Jobs"),
  ledger: t("Ledger"),
  charges: t("Charges"),
  faults: t("Faults"),
};

export class Drawer {
  isOpen = false;
  #host;
  #changed;
  #tab = "requests";
  #after = 0;
  #lines = [];
  #opened = new Set();
  #timer = null;
  #drawn = "";
  #body = el("div", { class: "drawer-body", role: "tabpanel", tabindex: 0 });

  constructor(host, changed) {
    this.#host = host;
    this.#changed = changed;
    const tabs = Object.entries(TABS).map(([id, name]) =>
      el(
        "button",
        { type: "button", role: "tab", id: `tab-${id}`, on: { click: () => this.#show(id) } },
        name,
      ),
    );
    const list = el("div", { role: "tablist", "aria-label": t("Behind the scenes") }, ...tabs);
    list.addEventListener("keydown", ({ key }) => {
      const names = Object.keys(TABS);
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (!step) return;
      const next = names[(names.indexOf(this.#tab) + step + names.length) % names.length];
      this.#show(next);
      document.getElementById(`tab-${next}`).focus();
    });
    host.append(
      el(
        "header",
        {},
        el("h2", {}, t("Behind the scenes")),
        iconButton(t("Close"), ICONS.close, () => this.toggle()),
      ),
      list,
      this.#body,
    );
    host.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.toggle();
    });
  }

  toggle() {
    this.isOpen = !this.isOpen;
    this.#host.hidden = !this.isOpen;
    document.getElementById("app").classList.toggle("drawer-open", this.isOpen);
    clearTimeout(this.#timer);
    if (this.isOpen) this.#show(this.#tab);
    this.#changed();
    if (this.isOpen) document.getElementById(`tab-${this.#tab}`).focus();
    else document.querySelector("#top .behind")?.focus();
  }

  #show(tab) {
    this.#tab = tab;
    this.#drawn = "";
    for (const node of this.#host.querySelectorAll("[role=tab]")) {
      const chosen = node.id === `tab-${tab}`;
      node.setAttribute("aria-selected", String(chosen));
      node.tabIndex = chosen ? 0 : -1;
    }
    this.#body.setAttribute("aria-labelledby", `tab-${tab}`);
    this.#body.replaceChildren();
    this.#look();
  }

  async #look() {
    clearTimeout(this.#timer);
    try {
      const seen = await look("/api/behind", { after: this.#after });
      // Two looks can be under way at once.
      this.#lines.push(...seen.requests.filter(({ number }) => number > this.#after));
      this.#after = this.#lines.at(-1)?.number ?? 0;
      this.#lines.splice(0, Math.max(0, this.#lines.length - MOST_LINES));
      this.#draw(seen);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // A sandbox that is started anew counts from 1 again.
      this.#after = 0;
      this.#lines = [];
    }
    if (this.isOpen) this.#timer = setTimeout(() => this.#look(), EVERY_MS);
  }

  #draw(seen) {
    const shown =
      this.#tab === "requests" ? this.#after : (this.#tab === "faults" ? [seen.faults, seen.bot] : seen[this.#tab]);
    const state = JSON.stringify([this.#tab, shown]);
    // What did not change is not drawn again, so that a menu stays open and marked text marked.
    if (state === this.#drawn) return;
    this.#drawn = state;
    const draw = {
      requests: () => this.#requests(),
      jobs: () => rows(seen.jobs, JOB_COLUMNS),
      ledger: () => rows(seen.ledger, LEDGER_COLUMNS),
      charges: () => charges(seen),
      faults: () => faults(seen, () => this.#again()),
    };
    const atEnd = this.#body.scrollHeight - this.#body.scrollTop - this.#body.clientHeight < 40;
    this.#body.replaceChildren(...[draw[this.#tab]()].flat());
    for (const table of this.#body.querySelectorAll(".table")) hintAt(table);
    if (this.#tab === "requests" && atEnd) this.#body.scrollTop = this.#body.scrollHeight;
  }

  #again() {
    this.#drawn = "";
    this.#look();
  }

  #requests() {
    if (!this.#lines.length) return el("p", { class: "none" }, t("No requests yet."));
    return el(
      "ol",
      { class: "requests" },
      ...this.#lines.map((line) => this.#line(line)),
    );
  }

  /** One request: a row that opens to its headers and bodies. */
  #line({ number, at, service, method, path, status, code }) {
    const bodies = el("div", { class: "bodies" });
    const row = el(
      "details",
      { class: status >= 400 || status === 0 ? "bad" : "" },
      el(
        "summary",
        {},
        el("time", {}, new Date(at * 1000).toLocaleTimeString(dateLocale)),
        el("span", { class: `service ${service}` }, service === "flux" ? "Flux" : "Discord"),
        el("strong", {}, status === 0 ? t("lost") : String(status)),
        el("code", { title: path }, `${method} ${path.replace(/\d{13,16}(?=\d{4})/g, "…")}`),
        code ? el("small", {}, t("code {code}", { code })) : null,
      ),
      bodies,
    );
    row.open = this.#opened.has(number);
    const fill = async () => {
      if (!row.open) return this.#opened.delete(number);
      this.#opened.add(number);
      if (bodies.hasChildNodes()) return undefined;
      try {
        bodies.replaceChildren(...bodiesOf(await look("/api/request", { number })));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        bodies.replaceChildren(el("p", { class: "none" }, error.message));
      }
    };
    row.addEventListener("toggle", fill);
    return el("li", {}, row);
  }
}

function bodiesOf({ headers, body, answer }) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const json = (value) => (value === null ? "" : JSON.stringify(value, null, 2));
  return [
    [t("Request headers"), lines.join("\n")],
    [t("Request body"), json(body)],
    [t("Response"), json(answer)],
  ].flatMap(([title, text]) => [
    el("h4", {}, title),
    text ? el("pre", { tabindex: 0 }, text) : el("p", { class: "none" }, t("Empty")),
  ]);
}

/** Show by a shadow, and a line above, that a table goes on beyond its edge. */
function hintAt(table) {
  const show = () => {
    const left = table.scrollWidth - table.clientWidth - table.scrollLeft;
    table.parentElement.classList.toggle("more-right", left > 4);
    table.parentElement.classList.toggle("scrolls", table.scrollWidth > table.clientWidth + 4);
  };
  table.addEventListener("scroll", show, { passive: true });
  new ResizeObserver(show).observe(table);
}

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
const JOB_COLUMNS = [
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
const LEDGER_COLUMNS = [
  "payer",
  "kind",
  "credits",
  "is_estimate",
  "job_id",
  "user_id",
  "created_at",
];

function rows({ columns, rows: all }, wanted) {
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

function charges({ charges: all, charged }) {
  const table = {
    columns: ["credits", "model", "count", "task_id"],
    rows: all.map(({ credits, model, pictures, task }) => [credits, model, pictures, task]),
  };
  return [
    el("p", { class: "sum" }, t("Flux charged "), el("strong", {}, charged), t(" credits in total.")),
    rows(table, table.columns),
  ];
}

let onlyOnce = false;

function faults({ faults: all, bot }, again) {
  const once = el("input", {
    type: "checkbox",
    checked: onlyOnce,
    on: { change: () => (onlyOnce = once.checked) },
  });
  const change = async (path, body, done) => {
    if ((await shown(say(path, body))) && done) notice(done);
    again();
  };
  const service = (name, words) => {
    const choices = [
      { name: t("Normal"), value: "" },
      ...Object.entries(all[name]).map(([value, text]) => ({ name: t(text), value })),
    ];
    const chosen = choices.map((choice) => ({
      ...choice,
      chosen: choice.value === all.chosen[name],
    }));
    const state = !all.chosen[name]
      ? ""
      : all.armed.includes(name)
        ? t("Armed: the next matching request fails, then back to Normal.")
        : t("On until you choose Normal.");
    const onpick = ([value]) =>
      change(
        "/api/faults",
        { service: name, name: value, once: once.checked },
        "",
      );
    return el(
      "div",
      { class: "field" },
      el("span", { class: "field-label" }, words),
      select({ label: words, choices: chosen, onpick }),
      el("small", { class: all.chosen[name] ? "fault-state on" : "fault-state", role: "status" }, state),
    );
  };
  const press = (label, what, done) =>
    el(
      "button",
      {
        type: "button",
        class: "button secondary",
        on: { click: () => change("/api/bot", { do: what }, done) },
      },
      label,
    );
  const status = bot.runs
    ? bot.online
      ? t("Running and connected.")
      : t("Running, not connected.")
    : t("Not running.");
  return [
    el("h3", {}, t("Faults")),
    service("flux", "Flux"),
    service("discord", "Discord"),
    el("label", { class: "tick" }, once, el("span", {}, t("Next request only"))),
    el("h3", {}, t("The bot")),
    el("p", { role: "status" }, status),
    el(
      "div",
      { class: "row" },
      press(t("Kill (SIGKILL)"), "kill", t("Killed.")),
      press(t("Start"), "start", t("Started.")),
      press(t("Drop connection"), "cut", t("Connection dropped.")),
    ),
  ];
}
