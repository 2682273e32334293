"""The languages of Discord, and words that are given in several of them.

https://discord.com/developers/docs/reference#locales
https://discord.com/developers/docs/interactions/application-commands#localization
"""

from collections.abc import Callable

from sandbox.discord.fields import Field
from sandbox.discord.rules import Rule

LOCALES = (
    *("id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl"),
    *("no", "pl", "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi"),
    *("th", "zh-CN", "ja", "zh-TW", "ko", "ar", "he"),
)


def known_locale(locale: str) -> str:
    """Return a language that people and servers can have."""
    if locale not in LOCALES:
        raise ValueError(f"Discord has no language {locale}")
    return locale


def check_localizations(localized: Field, check: Callable[[Field], None]) -> None:
    """Check the words of each language as those without one are checked."""
    if not localized.present:
        return
    for locale in localized.mapping():
        words = localized[locale]
        if locale in LOCALES:
            check(words)
        else:
            words.fail(
                Rule.COMMAND_LOCALE,
                "BASE_TYPE_CHOICES",
                f"Value must be one of {{{', '.join(LOCALES)}}}.",
            )
