"""Looking through a request body so that each complaint names its place, as Discord's do."""

from collections.abc import Collection, Iterator
from typing import TypeGuard

from sandbox.discord.errors import INVALID_FORM_BODY, JSON, ApiError
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule

MAX_FILE_TYPES = 10
FILE_KINDS = ("image", "video", "audio")

# What fields of these names hold in every request that Discord describes.
KINDS: dict[object, type] = {
    **dict.fromkeys(("allow_multiselect", "archived", "autocomplete", "default"), bool),
    **dict.fromkeys(("disabled", "divider", "enforce_nonce", "fail_if_not_exists"), bool),
    **dict.fromkeys(("hoist", "inline", "invitable", "is_spoiler", "locked", "nsfw"), bool),
    **dict.fromkeys(("mentionable", "replied_user", "required", "spoiler", "tts"), bool),
    **dict.fromkeys(("avatar_url", "content", "custom_id", "description", "icon_url"), str),
    **dict.fromkeys(("label", "name", "nick", "placeholder", "text", "thread_name"), str),
    **dict.fromkeys(("timestamp", "title", "topic", "url", "username"), str),
    **dict.fromkeys(("attachments", "channel_types", "components", "default_values"), list),
    **dict.fromkeys(("contexts", "embeds", "integration_types", "options", "roles"), list),
    **dict.fromkeys(("allowed_mentions", "author", "data", "emoji", "footer", "image"), dict),
    **dict.fromkeys(("media", "message", "message_reference", "poll", "poll_media"), dict),
    **dict.fromkeys(("question", "thumbnail"), dict),
}
_WORDS = {
    bool: ("BOOLEAN_TYPE_CONVERT", "Must be either true or false."),
    str: ("STRING_TYPE_CONVERT", "Could not interpret as string."),
    list: ("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"),
    dict: ("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType"),
}

Path = tuple[str | int, ...]


def is_whole(value: object) -> TypeGuard[int]:
    """Tell whether a value is a whole number, which true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


class Field:
    """One value of a body and where it stands.

    Complaints of a whole body are collected and raised together as error 50035.
    https://discord.com/developers/docs/reference#error-messages
    """

    def __init__(
        self, value: object, rules: Rulebook, path: Path = (), root: "Field | None" = None
    ) -> None:
        self.value = value
        self.path = path
        self.rules = rules
        self._root = root or self
        self._problems: list[tuple[Path, str, str]] = []

    def __getitem__(self, key: str | int) -> "Field":
        value: object = None
        if isinstance(self.value, dict):
            value = self.value.get(key)
        elif isinstance(self.value, list) and isinstance(key, int):
            value = self.value[key]
        return Field(value, self.rules, (*self.path, key), self._root)

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def __iter__(self) -> Iterator["Field"]:
        if isinstance(self.value, list):
            for index in range(len(self.value)):
                yield self[index]

    @property
    def present(self) -> bool:
        """Whether there is a value other than null."""
        return self.value is not None

    def fail(self, rule: Rule, code: str, message: str = "") -> None:
        """Complain about this value, in the name of a rule and, without a message, in its words."""
        if self.rules.strikes(rule, condition=True):
            # The same class: complaints of a whole body are kept at its root.
            self._root._problems.append((self.path, code, message or rule.words))  # noqa: SLF001

    def raise_problems(self) -> None:
        """Raise every complaint made so far, if there is one."""
        problems = self._root._problems  # noqa: SLF001 - the same class
        if not problems:
            return
        errors: JSON = {}
        for path, code, message in problems:
            # What a whole object breaks is not looked at while something inside it is wrong.
            if any(len(other) > len(path) and other[: len(path)] == path for other, *_ in problems):
                continue
            place = errors
            for key in path:
                place = place.setdefault(str(key), {})
            place.setdefault("_errors", []).append({"code": code, "message": message})
        raise ApiError(*INVALID_FORM_BODY, errors)

    def check_kinds(self) -> None:
        """Refuse a body with a field that does not hold what its name says, at any depth."""
        pending = [self]
        while pending:
            field = pending.pop()
            held = field.value if isinstance(field.value, list) else ()
            pairs = field.value.items() if isinstance(field.value, dict) else enumerate(held)
            for key, value in pairs:  # which is no look at a field
                child = Field(value, self.rules, (*field.path, key), self._root)
                kind = KINDS.get(key)
                if kind is not None and child.present and not isinstance(value, kind):
                    child._wrong_kind(kind)
                pending.append(child)
        self.raise_problems()

    def required(self) -> bool:
        """Complain where there is no value."""
        if not self.present:
            self.fail(Rule.FIELD_REQUIRED, "BASE_TYPE_REQUIRED", "This field is required")
        return self.present

    def text(self, rule: Rule, low: int, high: int, *, required: bool = True) -> str:
        """Return a string; the rule says how long it is."""
        if not self.present:
            if required:
                self.required()
            return ""
        if not isinstance(self.value, str):
            self._wrong_kind(str)
            return ""
        if low <= len(self.value) <= high:
            return self.value
        if low:
            self.fail(rule, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
        else:
            self.fail(rule, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        return self.value

    def integer(self, rule: Rule, low: int, high: int, *, required: bool = False) -> int | None:
        """Return a whole number; the rule says how great it is."""
        if not self.present:
            if required:
                self.required()
            return None
        if not is_whole(self.value):
            self._wrong_type("NUMBER_TYPE_COERCE", f'Value "{self.value}" is not int.')
            return None
        if self.value < low:
            self.fail(rule, "NUMBER_TYPE_MIN", f"int value should be greater or equal to {low}.")
        elif self.value > high:
            self.fail(rule, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}.")
        return self.value

    def array(self, rule: Rule, low: int, high: int, *, required: bool = True) -> list["Field"]:
        """Return the elements of a list; the rule says how many there are."""
        if not self.present:
            if required and low:
                self.required()
            return []
        if not isinstance(self.value, list):
            self._wrong_kind(list)
            return []
        if not low <= len(self.value) <= high:
            self.fail(rule, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
        return list(self)

    def mapping(self) -> JSON:
        """Return an object."""
        if isinstance(self.value, dict):
            return self.value
        if self.required():
            self._wrong_kind(dict)
        return {}

    def one_of(self, rule: Rule, choices: Collection[object]) -> bool:
        """Complain unless the value is one of the choices."""
        # True is not the number 1.
        if self.value in choices and not isinstance(self.value, bool):
            return True
        if self.required():
            listed = ", ".join(str(choice) for choice in choices)
            self.fail(rule, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")
        return False

    def file_types(self) -> None:
        """Check what kinds of files an option or a modal's upload takes.

        https://discord.com/developers/docs/reference#file-type-filtering
        """
        for kind in self.array(Rule.FILE_TYPES, 1, MAX_FILE_TYPES, required=False):
            name = str(kind.value)
            if name not in FILE_KINDS and not name.startswith("."):
                kind.fail(
                    Rule.FILE_TYPES,
                    "BASE_TYPE_CHOICES",
                    f"Value must be one of {FILE_KINDS} or an extension.",
                )

    def snowflake(self) -> int:
        """Return an id; discord.py sends numbers where the documentation has strings."""
        text = str(self.value)
        if text.isascii() and text.isdigit():
            return int(text)
        self._wrong_type("NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        return -1

    def _wrong_kind(self, kind: type) -> None:
        self.fail(Rule.TEXT_TYPE if kind is str else Rule.FIELD_TYPE, *_WORDS[kind])

    def _wrong_type(self, code: str, message: str) -> None:
        self.fail(Rule.FIELD_TYPE, code, message)
