// The option of a command whose values the bot suggests while one types.

import { el } from "./dom.js";
import { Refused } from "./net.js";
import { optionNodes } from "./popup.js";
import { isNumeric, wrongLength, wrongNumber } from "./typed.js";
import { t } from "./words.js";

const SUGGEST_AFTER_MS = 120;

/** Make the field of such an option. */
export function suggestField(option, id, { suggest, submit }) {
  let picked = null;
  let choices = [];
  let at = -1;
  let asked = 0;
  let timer = null;
  const list = el("div", {
    role: "listbox",
    id: `${id}-list`,
    class: "suggestions",
    "aria-label": t("Suggestions for {name}", { name: option.name }),
    hidden: true,
  });
  const control = el("input", {
    id,
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": `${id}-list`,
    autocomplete: "off",
    placeholder: option.description,
  });
  // A press on the list's edge or its scrollbar leaves the list open.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  const hide = () => {
    asked += 1;
    clearTimeout(timer);
    list.hidden = true;
    control.setAttribute("aria-expanded", "false");
    control.removeAttribute("aria-activedescendant");
  };
  const draw = () => {
    const nodes = optionNodes(
      choices.map(({ name, value }) => ({ name, value })),
      `${id}-choice`,
    );
    nodes.forEach((node, index) =>
      node.addEventListener("pointerdown", (event) => (event.preventDefault(), pick(index))),
    );
    nodes[at]?.classList.add("active");
    nodes[at]?.setAttribute("aria-selected", "true");
    list.replaceChildren(
      ...(nodes.length ? nodes : [el("p", { class: "none" }, t("No suggestions."))]),
    );
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
      list.replaceChildren(el("p", { class: "none" }, t("Loading options failed.")));
      list.hidden = false;
      return;
    }
    choices = found;
    const fits = ({ name }) => name.toLowerCase().includes(typed.toLowerCase());
    at = choices.length && fits(choices[0]) ? 0 : -1;
    draw();
  };
  control.addEventListener("focus", ask);
  const hideUnlessBack = () => document.activeElement === control || hide();
  control.addEventListener("blur", () => setTimeout(hideUnlessBack, 100));
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
  const isNumber = isNumeric(option);
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
    problem: () => {
      if (picked) return "";
      return isNumber ? wrongNumber(option, control.value) : wrongLength(option, control.value);
    },
  };
}
