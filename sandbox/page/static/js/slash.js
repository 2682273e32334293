// Slash commands: the list of them, and the line with a command's options.

import { el, iconButton, ICONS } from "./dom.js";
import { act, Refused } from "./net.js";
import { ATTACHMENT, optionField } from "./options.js";
import { failPending, pendingNode } from "./pending.js";
import { optionNodes } from "./popup.js";
import { commandsIn, here, localized, said } from "./state.js";
import { t } from "./words.js";

const SLASH = 1;
const NESTING = [1, 2];

/**
 * List what can be called in a channel: `{ path, shown, description, options }`, subcommands each.
 * `shown` is the path in the person's language.
 */
export function callable(channel) {
  const calls = (path, shown, { options = [], ...call }) => {
    const nested = options.filter(({ type }) => NESTING.includes(type));
    if (!nested.length)
      return [{ path, shown, description: localized(call, "description"), options }];
    return nested.flatMap((each) =>
      calls(`${path} ${each.name}`, `${shown} ${localized(each, "name")}`, each),
    );
  };
  return commandsIn(channel, SLASH).flatMap((command) =>
    calls(command.name, localized(command, "name"), command),
  );
}

/** The list of commands that opens when a message begins with a slash. */
export class CommandPicker {
  list = el("div", {
    id: "commands",
    role: "listbox",
    class: "suggestions",
    "aria-label": t("Commands"),
    hidden: true,
  });
  #text;
  #pick;
  #found = [];
  #at = 0;

  constructor(text, pick) {
    this.#text = text;
    this.#pick = pick;
    text.setAttribute("aria-autocomplete", "list");
    text.setAttribute("aria-controls", "commands");
    // A press on the list's edge or its scrollbar leaves the list open.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    const closeUnlessBack = () => document.activeElement === text || this.close();
    text.addEventListener("blur", () => setTimeout(closeUnlessBack, 150));
  }

  /** Show the commands that fit what was typed; a whole name and a space take one. */
  look(typed) {
    if (!typed.startsWith("/") || typed.includes("\n")) return this.close();
    const all = callable(here());
    for (const entry of all) {
      const name = [entry.shown, entry.path].find((each) => typed.startsWith(`/${each} `));
      if (!name) continue;
      this.close();
      return this.#pick(entry, typed.slice(name.length + 2));
    }
    const words = typed.slice(1).toLowerCase();
    const fits = (how) =>
      all.filter(({ path, shown }) => [path, shown].some((name) => name[how](words.trim())));
    const begins = fits("startsWith");
    this.#found = begins.length ? begins : fits("includes");
    this.#at = 0;
    this.#draw();
  }

  /** Take a key of the text field; tells whether it meant the list. */
  key(event) {
    if (this.list.hidden) return false;
    const last = this.#found.length - 1;
    if (event.key === "ArrowDown") this.#at = this.#at === last ? 0 : this.#at + 1;
    else if (event.key === "ArrowUp") this.#at = this.#at === 0 ? last : this.#at - 1;
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" || event.key === "Tab") && this.#found[this.#at]) {
      const entry = this.#found[this.#at];
      this.close();
      this.#pick(entry, "");
    } else return false;
    event.preventDefault();
    if (!this.list.hidden) this.#draw();
    return true;
  }

  close() {
    this.list.hidden = true;
    this.#text.removeAttribute("aria-activedescendant");
  }

  #draw() {
    const choices = this.#found.map(({ path, shown, description }) => ({
      name: `/${shown}`,
      note: description,
      value: path,
    }));
    const nodes = optionNodes(choices, "command");
    nodes.forEach((node, index) => {
      node.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        this.close();
        this.#pick(this.#found[index], "");
      });
    });
    nodes[this.#at]?.classList.add("active");
    nodes[this.#at]?.setAttribute("aria-selected", "true");
    const empty = el("p", { class: "none" }, t("No matching commands."));
    this.list.replaceChildren(...(nodes.length ? nodes : [empty]));
    this.list.hidden = false;
    this.#text.setAttribute("aria-activedescendant", `command-${this.#at}`);
    nodes[this.#at]?.scrollIntoView({ block: "nearest" });
  }
}

/** A command with its options, as they are filled in. */
export class CommandLine {
  #entry;
  #fields = new Map();
  #box = el("div", { class: "options" });
  #more = el("div", { class: "more-options", role: "group", "aria-label": t("More options") });
  #error = el("p", { class: "form-error", role: "alert" });
  #timeline;
  #done;

  constructor(entry, { rest, values, files, timeline, done }) {
    this.#entry = entry;
    this.#timeline = timeline;
    this.#done = done;
    this.node = el(
      "form",
      { class: "command", novalidate: true, "aria-label": t("Command /{name}", { name: entry.shown }) },
      el(
        "header",
        {},
        el("strong", {}, `/${entry.shown}`),
        el("span", {}, entry.description),
        iconButton(t("Close the command"), ICONS.close, () => done(null)),
      ),
      this.#box,
      el(
        "footer",
        {},
        this.#more,
        el("button", { type: "submit", class: "button primary" }, t("Send")),
      ),
      this.#error,
    );
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    // The hint of the field in use would close and move the button from under the press.
    this.node.addEventListener("mousedown", (event) => {
      if (event.target.closest(".icon-button")) event.preventDefault();
    });
    for (const kind of ["input", "change"]) this.node.addEventListener(kind, () => this.#forgive());
    this.node.addEventListener("keydown", (event) => {
      // What was filled in is left by its button only.
      if (event.key === "Escape" && !event.defaultPrevented && this.isEmpty()) done(null);
    });
    const first = entry.options.find(({ required }) => required);
    for (const option of entry.options) {
      if (option.required || option.name in values) this.#add(option, values[option.name]);
    }
    if (rest && first) this.#fields.get(first.name).put({ text: rest });
    if (files.length) this.attach(files.shift());
    this.#drawMore();
  }

  /** Go to the first option that is empty, or to the button. */
  focus() {
    const fields = [...this.#fields.values()];
    const next = fields.find((field) => field.isEmpty()) ?? fields.at(0);
    if (next) next.focus();
    else this.node.querySelector("footer .primary").focus();
  }

  isEmpty() {
    return [...this.#fields.values()].every((field) => field.isEmpty());
  }

  /** Take a file for the first option that wants one; tells whether there is such an option. */
  attach(file) {
    const wanting = this.#entry.options.find(
      ({ name, type }) =>
        type === ATTACHMENT && (!this.#fields.has(name) || this.#fields.get(name).isEmpty()),
    );
    const option = wanting ?? this.#entry.options.find(({ type }) => type === ATTACHMENT);
    if (!option) return false;
    if (!this.#fields.has(option.name)) this.#add(option);
    this.#fields.get(option.name).put({ file });
    this.#forgive();
    this.#drawMore();
    return true;
  }

  /** Return what is filled in, to begin again with. */
  kept() {
    const values = [...this.#fields].map(([name, field]) => [name, field.keep()]);
    return { path: this.#entry.path, values: Object.fromEntries(values) };
  }

  #forgive() {
    this.#error.textContent = "";
  }

  #add(option, value) {
    const suggest = (typed) => this.#suggest(option.name, typed);
    const drop = option.required ? null : () => this.#drop(option.name);
    const field = optionField(option, { suggest, drop, submit: () => this.send() });
    this.#fields.set(option.name, field);
    this.#box.append(field.node);
    if (value) field.put(value);
    return field;
  }

  #drop(name) {
    this.#fields.get(name).node.remove();
    this.#fields.delete(name);
    this.#drawMore();
    this.focus();
  }

  #drawMore() {
    const left = this.#entry.options.filter(({ name }) => !this.#fields.has(name));
    this.#more.replaceChildren(
      ...left.map((option) => {
        const open = () => {
          const field = this.#add(option);
          this.#drawMore();
          field.focus();
        };
        return el(
          "button",
          {
            type: "button",
            class: "chip",
            title: localized(option, "description"),
            on: { click: open },
          },
          `+ ${localized(option, "name")}`,
        );
      }),
    );
  }

  async #suggest(option, typed) {
    const { choices, failed } = await act(
      "suggest",
      said({ command: this.#entry.path, option, typed, options: this.#options() }),
    );
    return failed ? null : choices;
  }

  #options() {
    const given = [...this.#fields].filter(([, field]) => !field.isEmpty() && !field.file?.());
    return Object.fromEntries(given.map(([name, field]) => [name, field.value()]));
  }

  /** Send the command; resolves once it was answered. */
  async send() {
    const wrong = [...this.#fields].find(([, field]) => field.problem());
    if (wrong) {
      this.#error.textContent = `${wrong[1].label}: ${wrong[1].problem()}`;
      wrong[1].focus();
      return;
    }
    const entry = this.#entry;
    const { values } = this.kept();
    const files = [...this.#fields].flatMap(([name, field]) =>
      field.file?.() ? [[name, field.file()]] : [],
    );
    const what = said({ command: entry.path, options: this.#options() });
    this.#done(null);
    const waiting = this.#timeline.pending(pendingNode(entry.shown));
    const again = () => this.#done({ entry, values });
    try {
      const answer = await act("use", what, files);
      if (answer.failed) return failPending(waiting, answer.failed, again);
      waiting.remove();
      if (answer.modal) document.dispatchEvent(new CustomEvent("modal", { detail: answer.modal }));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      failPending(waiting, error.message, again);
    }
  }
}
