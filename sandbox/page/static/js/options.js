// The options of a command, each by its type:
// https://discord.com/developers/docs/interactions/application-commands

import { entities } from "./components.js";
import { bytesInWords, el, iconButton, ICONS } from "./dom.js";
import { preview } from "./media.js";
import { select } from "./popup.js";
import { localized } from "./state.js";
import { suggestField } from "./suggesting.js";
import { isNumeric, wrongLength, wrongNumber } from "./typed.js";
import { t } from "./words.js";

const STRING = 3;
const BOOLEAN = 5;
export const ATTACHMENT = 11;
// Which select offers what an option of this type takes.
const ENTITY_SELECTS = { 6: 5, 7: 8, 8: 6, 9: 7 };

const LONG_CHARACTERS = 200;

let optionNumber = 0;

/** Make the field of an option. */
export function optionField(given, { suggest, drop, submit }) {
  optionNumber += 1;
  const [label, description] = [localized(given, "name"), localized(given, "description")];
  const option = { ...given, name: label, description };
  const id = `option-${optionNumber}`;
  const made = makerOf(option)(option, id, { suggest, submit });
  const name = el(
    made.group ? "span" : "label",
    { class: "option-label", for: made.group ? null : id },
    option.name,
  );
  return {
    ...made,
    label,
    focus: () => made.control.focus(),
    problem: () => {
      if (made.isEmpty()) return option.required ? t("required option") : "";
      return made.problem?.() ?? "";
    },
    node: el(
      "div",
      { class: "option-field", title: option.description },
      name,
      made.node ?? made.control,
      drop ? iconButton(t("Remove {name}", { name: option.name }), ICONS.close, drop) : null,
      el("small", { class: "option-hint", "aria-hidden": "true" }, option.description),
    ),
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
  if (option.type === BOOLEAN)
    return [true, false].map((value) => ({ name: value ? t("True") : t("False"), value: String(value) }));
  if (option.type in ENTITY_SELECTS)
    return entities(ENTITY_SELECTS[option.type], option.channel_types);
  return option.choices.map((choice) => ({
    name: localized(choice, "name"),
    value: String(choice.value),
  }));
}

function choiceField(option) {
  let picked = null;
  const node = el("div", { class: "slot" });
  const draw = () => {
    const choices = choicesOf(option).map((choice) => ({
      ...choice,
      chosen: choice.value === picked,
    }));
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
  return isNumeric(option) ? Number(value) : value;
}

function textOption(option, id, { submit }) {
  const isNumber = isNumeric(option);
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
    problem: () =>
      isNumber ? wrongNumber(option, control.value) : wrongLength(option, control.value),
  };
}

function fileOption(option, id) {
  let file = null;
  const control = el("input", {
    type: "file",
    id,
    class: "unseen",
    on: { change: () => put({ file: control.files[0] ?? null }) },
  });
  const face = el("span", { class: "file-face" });
  const put = (kept) => {
    file = kept.file ?? null;
    face.replaceChildren(
      ...(file
        ? [
            preview(file),
            el("span", { class: "file-name" }, file.name),
            el("small", {}, bytesInWords(file.size)),
          ]
        : [t("Drop a file here, or choose one")]),
    );
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
