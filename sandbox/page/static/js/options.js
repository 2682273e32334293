// The options of a command, each by its type:
// https://discord.com/developers/docs/interactions/application-commands

import { entities } from "./components.js";
import { bytesInWords, el, iconButton, ICONS } from "./dom.js";
import { preview } from "./media.js";
import { Refused } from "./net.js";
import { optionNodes, select } from "./popup.js";
import { localized } from "./state.js";

const STRING = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const NUMBER = 10;
export const ATTACHMENT = 11;
// Which select offers what an option of this type takes.
const ENTITY_SELECTS = { 6: 5, 7: 8, 8: 6, 9: 7 };

const SUGGEST_AFTER_MS = 120;
const LONG_CHARACTERS = 200;

let optionNumber = 0;

/** Make the field of an option. */
export function optionField(given, { suggest, drop, submit }) {
  optionNumber += 1;
  const [label, description] = [localized(given, "name"), localized(given, "description")];
  const option = { ...given, name: label, description };
  const id = `option-${optionNumber}`;
  const made = makerOf(option)(option, id, { suggest, submit });
  const name = el(made.group ? "span" : "label", { class: "option-label", for: made.group ? null : id }, option.name);
  return {
    ...made,
    label,
    focus: () => made.control.focus(),
    problem: () => {
      if (made.isEmpty()) return option.required ? "this option is required" : "";
      return made.problem?.() ?? "";
    },
    node: el("div", { class: "option-field", title: option.description }, name, made.node ?? made.control, drop ? iconButton(`Remove ${option.name}`, ICONS.close, drop) : null),
  };
}

function makerOf(option) {
  if (option.choices?.length) return choiceField;
  if (option.autocomplete) return suggestField;
  if (option.type === BOOLEAN) return choiceField;
  if (option.type === ATTACHMENT) return fileOption;
  if (option.type in ENTITY_SELECTS) return choiceField;
  return textOption;
}

function choicesOf(option) {
  if (option.type === BOOLEAN) return [true, false].map((value) => ({ name: value ? "True" : "False", value: String(value) }));
  if (option.type in ENTITY_SELECTS) return entities(ENTITY_SELECTS[option.type]);
  return option.choices.map((choice) => ({ name: localized(choice, "name"), value: String(choice.value) }));
}

function choiceField(option) {
  let picked = null;
  const node = el("div", { class: "slot" });
  const draw = () => {
    const choices = choicesOf(option).map((choice) => ({ ...choice, chosen: choice.value === picked }));
    const control = select({
      label: option.name,
      placeholder: option.description,
      choices,
      onpick: ([value]) => {
        picked = value;
      },
    });
    node.replaceChildren(control);
  };
  draw();
  return {
    get control() {
      return node.firstChild;
    },
    node,
    group: true,
    isEmpty: () => picked === null,
    value: () => asTyped(option, picked),
    keep: () => ({ picked }),
    put: (kept) => {
      picked = kept.picked ?? kept.text ?? null;
      draw();
    },
  };
}

function asTyped(option, value) {
  if (option.type === BOOLEAN) return value === "true";
  return option.type === INTEGER || option.type === NUMBER ? Number(value) : value;
}

function textOption(option, id, { submit }) {
  const isNumber = option.type === INTEGER || option.type === NUMBER;
  const long = option.type === STRING && (option.max_length ?? Infinity) > LONG_CHARACTERS;
  const control = el(long ? "textarea" : "input", {
    id,
    rows: long ? 1 : null,
    placeholder: option.description,
    inputmode: isNumber ? "decimal" : null,
    autocomplete: "off",
  });
  const grow = () => {
    control.style.height = "auto";
    if (long) control.style.height = `${Math.min(control.scrollHeight, 140)}px`;
  };
  control.addEventListener("input", grow);
  control.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  return {
    control,
    isEmpty: () => !control.value.trim(),
    value: () => (isNumber ? Number(control.value) : control.value),
    keep: () => ({ text: control.value }),
    put: ({ text = "" }) => {
      control.value = text;
      requestAnimationFrame(grow);
    },
    problem: () => (isNumber ? wrongNumber(option, control.value) : wrongLength(option, control.value)),
  };
}

function wrongNumber(option, text) {
  const number = Number(text);
  if (Number.isNaN(number)) return `${text} is not a number`;
  if (option.type === INTEGER && !Number.isInteger(number)) return `${text} is not a whole number`;
  if (option.min_value !== undefined && number < option.min_value) return `at least ${option.min_value}`;
  if (option.max_value !== undefined && number > option.max_value) return `at most ${option.max_value}`;
  return "";
}

function wrongLength(option, text) {
  if (text.length < (option.min_length ?? 0)) return `at least ${option.min_length} characters`;
  const most = option.max_length ?? 6000;
  return text.length > most ? `at most ${most.toLocaleString("en")} characters, and these are ${text.length.toLocaleString("en")}` : "";
}

function suggestField(option, id, { suggest, submit }) {
  let picked = null;
  let choices = [];
  let at = -1;
  let asked = 0;
  let timer = null;
  const list = el("div", { role: "listbox", id: `${id}-list`, class: "suggestions", "aria-label": option.name, hidden: true });
  const control = el("input", { id, role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list`, autocomplete: "off", placeholder: option.description });
  const hide = () => {
    asked += 1;
    clearTimeout(timer);
    list.hidden = true;
    control.setAttribute("aria-expanded", "false");
    control.removeAttribute("aria-activedescendant");
  };
  const draw = () => {
    const nodes = optionNodes(choices.map(({ name, value }) => ({ name, value })), `${id}-choice`);
    nodes.forEach((node, index) => node.addEventListener("pointerdown", (event) => (event.preventDefault(), pick(index))));
    nodes[at]?.classList.add("active");
    nodes[at]?.setAttribute("aria-selected", "true");
    list.replaceChildren(...(nodes.length ? nodes : [el("p", { class: "none" }, "Nothing is suggested for this.")]));
    list.hidden = false;
    control.setAttribute("aria-expanded", "true");
    if (nodes[at]) control.setAttribute("aria-activedescendant", nodes[at].id);
    nodes[at]?.scrollIntoView({ block: "nearest" });
  };
  const pick = (index) => {
    picked = choices[index];
    control.value = picked.name;
    hide();
  };
  const ask = async () => {
    asked += 1;
    const mine = asked;
    const typed = picked ? "" : control.value;
    const found = await suggest(typed).catch((error) => {
      if (error instanceof Refused) return null;
      throw error;
    });
    if (mine !== asked || document.activeElement !== control) return;
    if (!found) {
      list.replaceChildren(el("p", { class: "none" }, "Loading options failed."));
      list.hidden = false;
      return;
    }
    choices = found;
    const fits = ({ name }) => name.toLowerCase().includes(typed.toLowerCase());
    at = choices.length && fits(choices[0]) ? 0 : -1;
    draw();
  };
  control.addEventListener("focus", ask);
  control.addEventListener("blur", () => setTimeout(hide, 100));
  control.addEventListener("input", () => {
    // What was suggested before does not fit any more: Enter takes what is typed.
    picked = null;
    at = -1;
    if (!list.hidden) draw();
    clearTimeout(timer);
    timer = setTimeout(ask, SUGGEST_AFTER_MS);
  });
  control.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const open = !list.hidden && choices.length > 0;
    if (open && event.key === "ArrowDown") at = Math.min(at + 1, choices.length - 1);
    else if (open && event.key === "ArrowUp") at = Math.max(at - 1, 0);
    else if (open && event.key === "Enter" && at >= 0) pick(at);
    else if (open && event.key === "Tab" && at >= 0 && control.value) return pick(at);
    else if (!list.hidden && event.key === "Escape") hide();
    else if (event.key === "Enter") submit();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (!list.hidden) draw();
  });
  const isNumber = option.type === INTEGER || option.type === NUMBER;
  return {
    control,
    node: el("div", { class: "slot" }, control, list),
    isEmpty: () => !control.value.trim(),
    value: () => picked?.value ?? (isNumber ? Number(control.value) : control.value),
    keep: () => ({ text: control.value, picked }),
    put: (kept) => {
      picked = kept.picked ?? null;
      control.value = kept.text ?? "";
    },
    problem: () => (isNumber && !picked ? wrongNumber(option, control.value) : wrongLength(option, picked ? "" : control.value)),
  };
}

function fileOption(option, id) {
  let file = null;
  const control = el("input", { type: "file", id, class: "unseen", on: { change: () => put({ file: control.files[0] ?? null }) } });
  const face = el("span", { class: "file-face" });
  const put = (kept) => {
    file = kept.file ?? null;
    face.replaceChildren(...(file ? [preview(file), el("span", { class: "file-name" }, file.name), el("small", {}, bytesInWords(file.size))] : ["Drop a file here, or choose one"]));
  };
  put({});
  return {
    control,
    node: el("label", { class: "slot file-slot" }, control, face),
    isEmpty: () => !file,
    value: () => null,
    file: () => file,
    keep: () => ({ file }),
    put,
    problem: () => "",
  };
}
