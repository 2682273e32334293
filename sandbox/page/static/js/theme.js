// Light or dark: as the system says, or as it was switched.

const NAMES = ["system", "light", "dark"];

export function themeName() {
  return localStorage.getItem("theme") ?? "system";
}

export function switchTheme() {
  const next = NAMES[(NAMES.indexOf(themeName()) + 1) % NAMES.length];
  localStorage.setItem("theme", next);
  applyTheme();
}

export function applyTheme() {
  const name = themeName();
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}
