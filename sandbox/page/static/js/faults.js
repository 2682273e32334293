// Switches for faults of Discord and Flux, and for the bot itself.

import { el, notice } from "./dom.js";
import { say, shown } from "./net.js";
import { select } from "./popup.js";
import { t } from "./words.js";

let onlyOnce = false;

export function faults({ faults: all, bot }, again) {
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
