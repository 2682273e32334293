// Forms that the bot opens: https://discord.com/developers/docs/components/reference#label

import { entities } from "./components.js";
import { bytesInWords, el, iconButton, ICONS } from "./dom.js";
import { markdown } from "./markdown.js";
import { act, Refused } from "./net.js";
import { dialog, select } from "./popup.js";
import { here, said } from "./state.js";
import { t } from "./words.js";

const TEXT_DISPLAY = 10;
const LABEL = 18;
const CHECKBOX = 23;
const LONG = 2;

let fieldNumber = 0;

/** Open the form that an interaction was answered with. */
export function openModal(modal, answered) {
  const fields = [];
  const parts = modal.components.map((part) => {
    if (part.type === TEXT_DISPLAY) return el("div", { class: "text" }, ...markdown(part.content));
    const labelled =
      part.type === LABEL
        ? [[part.label, part.description, part.component]]
        : part.components.map((child) => [child.label, "", child]);
    return labelled.map(([label, note, component]) => {
      const field = makeField(label, note, component);
      fields.push(field);
      return field.node;
    });
  });
  const error = el("p", { class: "form-error", role: "alert" });
  const sending = el("button", { type: "submit", class: "button primary" }, t("Submit"));
  const form = el(
    "form",
    { method: "dialog", class: "modal-form", novalidate: true },
    el(
      "header",
      {},
      el("h2", {}, modal.title),
      iconButton(t("Close"), ICONS.close, () => node.close()),
    ),
    el("div", { class: "fields" }, ...parts.flat()),
    error,
    el(
      "footer",
      {},
      el(
        "button",
        { type: "button", class: "button link", on: { click: () => node.close() } },
        t("Cancel"),
      ),
      sending,
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const missing = fields.find((field) => field.problem());
    if (missing) {
      error.textContent = `${missing.label}: ${missing.problem()}`;
      missing.focus();
      return;
    }
    sending.disabled = true;
    error.textContent = "";
    try {
      const filled = Object.fromEntries(
        fields.filter(({ files }) => !files).map((field) => [field.id, field.value()]),
      );
      const files = fields.flatMap((field) =>
        field.files ? field.files().map((file) => [field.id, file]) : [],
      );
      const answer = await act(
        "submit",
        said({ interaction: modal.interaction, fields: filled }),
        files,
      );
      if (answer.failed) throw new Refused(`${t(answer.failed)}. ${t("What you typed is still here.")}`);
      node.close();
      answered(answer);
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      error.textContent = problem.message;
    } finally {
      sending.disabled = false;
    }
  });
  const node = dialog(modal.title, { class: "modal" }, form);
  const filled = () => fields.map((field) => [field.value(), field.files?.().length]);
  const before = JSON.stringify(filled());
  node.mayClose = () => {
    if (JSON.stringify(filled()) === before) return true;
    error.textContent = t("Press Cancel to discard the form.");
    return false;
  };
  fields[0]?.focus();
}

function makeField(label, note, component) {
  fieldNumber += 1;
  const made = (MAKERS[component.type] ?? unknownField)(component, label, `field-${fieldNumber}`);
  const required = component.required !== false && component.type !== CHECKBOX;
  const optional = required ? null : el("small", {}, t(" optional"));
  const heading = el(
    made.group ? "span" : "label",
    { class: "field-label", for: made.group ? null : `field-${fieldNumber}` },
    label,
    optional,
  );
  return {
    id: component.custom_id,
    label,
    problem: () =>
      made.problem?.(required) ?? (required && made.isEmpty() ? t("this is required") : ""),
    focus: () => made.control.focus(),
    value: made.value,
    files: made.files,
    node: el(
      "div",
      { class: "field" },
      heading,
      note ? el("small", {}, note) : null,
      made.node ?? made.control,
    ),
  };
}

const MAKERS = {
  3: selectField,
  4: textField,
  5: (part, label) => listField(part, label, entities(5)),
  6: (part, label) => listField(part, label, entities(6)),
  7: (part, label) => listField(part, label, entities(7)),
  8: (part, label) => listField(part, label, entities(8, part.channel_types)),
  19: fileField,
  21: (part, label, id) => tickField(part, label, id, "radio"),
  22: (part, label, id) => tickField(part, label, id, "checkbox"),
  23: checkboxField,
};

function textField(part, label, id) {
  const long = part.style === LONG;
  const control = el(long ? "textarea" : "input", {
    id,
    maxlength: part.max_length ?? 4000,
    placeholder: part.placeholder,
    rows: long ? 4 : null,
    "data-key": part.custom_id,
  });
  control.value = part.value ?? "";
  const left = el("small", { class: "left", "aria-hidden": "true" });
  const count = () => {
    left.textContent = part.max_length ? `${control.value.length} / ${part.max_length}` : "";
  };
  control.addEventListener("input", count);
  count();
  return {
    control,
    node: el("div", {}, control, left),
    value: () => control.value,
    isEmpty: () => !control.value,
    problem: (required) => {
      const length = control.value.length;
      const low = part.min_length ?? 0;
      if ((length || required) && length && length < low) return t("at least {count} characters", { count: low });
      return null;
    },
  };
}

function selectField(part, label) {
  const choices = part.options.map(({ label: name, description, value, default: chosen }) => ({
    name,
    note: description,
    value,
    chosen,
  }));
  return listField(part, label, choices);
}

function listField(part, label, choices) {
  let values = choices.filter(({ chosen }) => chosen).map(({ value }) => value);
  const control = select({
    label,
    placeholder: part.placeholder,
    choices,
    low: part.min_values ?? 1,
    high: part.max_values ?? 1,
    onpick: (picked) => {
      values = picked;
    },
  });
  control.dataset.key = part.custom_id;
  return { control, group: true, value: () => values, isEmpty: () => !values.length };
}

function tickField(part, label, id, type) {
  const boxes = part.options.map((option) => {
    const box = el("input", { type, name: id, value: option.value, checked: option.default });
    return el(
      "label",
      { class: "tick" },
      box,
      el("span", {}, option.label, option.description ? el("small", {}, option.description) : null),
    );
  });
  const node = el(
    "div",
    { role: type === "radio" ? "radiogroup" : "group", "aria-label": label },
    ...boxes,
  );
  const values = () => [...node.querySelectorAll("input:checked")].map(({ value }) => value);
  return {
    control: node.querySelector("input"),
    node,
    group: true,
    value: () => (type === "radio" ? (values()[0] ?? null) : values()),
    isEmpty: () => !values().length,
  };
}

function checkboxField(part, _label, id) {
  const control = el("input", { type: "checkbox", id, checked: part.default });
  return { control, value: () => control.checked, isEmpty: () => false };
}

function fileField(part, _label, id) {
  const high = part.max_values ?? 1;
  const control = el("input", {
    type: "file",
    id,
    multiple: high > 1,
    accept: (part.file_types ?? []).map(asAccept).join(",") || null,
  });
  return {
    control,
    value: () => [],
    files: () => [...control.files],
    isEmpty: () => !control.files.length,
    problem: () => {
      const limit = here()?.file_limit ?? Infinity;
      if (control.files.length > high) return t("at most {count} files", { count: high });
      const large = [...control.files].find(({ size }) => size > limit);
      return large
        ? t("your files are too powerful; the limit here is {limit} per file", { limit: bytesInWords(limit) })
        : null;
    },
  };
}

function asAccept(kind) {
  return kind.startsWith(".") ? kind : `${kind}/*`;
}

function unknownField() {
  const control = el("p", {}, t("This page does not know this kind of field."));
  return { control, group: true, value: () => null, isEmpty: () => false };
}
