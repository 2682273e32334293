// Behind the scenes: requests, jobs, the ledger, what Flux charged, and switches for faults.

import { el, iconButton, ICONS } from "./dom.js";
import { faults } from "./faults.js";
import { look, Refused } from "./net.js";
import { charges, hintAt, JOB_COLUMNS, LEDGER_COLUMNS, rows } from "./tables.js";
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
