// What is wrong with what was typed into an option, in words; an empty text where nothing is.

const INTEGER = 4;
const NUMBER = 10;

export function isNumeric(option) {
  return option.type === INTEGER || option.type === NUMBER;
}

export function wrongNumber(option, text) {
  const number = Number(text);
  if (Number.isNaN(number)) return `${text} is not a number`;
  if (option.type === INTEGER && !Number.isInteger(number)) return `${text} is not a whole number`;
  if (option.min_value !== undefined && number < option.min_value)
    return `at least ${option.min_value}`;
  if (option.max_value !== undefined && number > option.max_value)
    return `at most ${option.max_value}`;
  return "";
}

export function wrongLength(option, text) {
  if (text.length < (option.min_length ?? 0)) return `at least ${option.min_length} characters`;
  const most = option.max_length ?? 6000;
  return text.length > most
    ? `at most ${most.toLocaleString("en")} characters, and these are ${text.length.toLocaleString("en")}`
    : "";
}
