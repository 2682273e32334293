// What is wrong with what was typed into an option, in words; an empty text where nothing is.

import { t } from "./words.js";

const INTEGER = 4;
const NUMBER = 10;

export function isNumeric(option) {
  return option.type === INTEGER || option.type === NUMBER;
}

export function wrongNumber(option, text) {
  const number = Number(text);
  if (Number.isNaN(number)) return t("{text} is not a number", { text });
  if (option.type === INTEGER && !Number.isInteger(number)) return t("{text} is not a whole number", { text });
  if (option.min_value !== undefined && number < option.min_value)
    return t("at least {count}", { count: option.min_value });
  if (option.max_value !== undefined && number > option.max_value)
    return t("at most {count}", { count: option.max_value });
  return "";
}

export function wrongLength(option, text) {
  if (text.length < (option.min_length ?? 0)) return t("at least {count} characters", { count: option.min_length });
  const most = option.max_length ?? 6000;
  return text.length > most
    ? t("at most {count} characters, and these are {length}", {
        count: most.toLocaleString("en"),
        length: text.length.toLocaleString("en"),
      })
    : "";
}
