"""Texts outside the page (receipts, digital receipts, alarms): Fluent files, the same folder the kiosk reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from fluent.runtime import FluentBundle, FluentResource

LANGUAGES = ("zh-CN", "en")


class Words:
    """All messages of one file name in all languages; a missing message is an error, never an empty line."""

    def __init__(self, name: str) -> None:
        self._bundles = {language: _bundle(language, name) for language in LANGUAGES}
        self._says = {language: _speaker(bundle) for language, bundle in self._bundles.items()}

    def in_language(self, language: str) -> Callable[..., str]:
        """A function from message id and arguments to text."""
        return self._says[language]

    def keys(self, language: str) -> set[str]:
        """The message ids of a language, for the test that compares them."""
        return set(self._bundles[language]._messages)  # noqa: SLF001 fluent.runtime has no public listing


def _speaker(bundle: FluentBundle) -> Callable[..., str]:
    def written(key: str, arguments: dict[str, str | int]) -> str:
        message = bundle.get_message(key)
        assert message.value is not None, key
        text, errors = bundle.format_pattern(message.value, arguments)
        assert not errors, (key, errors)
        return str(text)

    fixed = cache(lambda key: written(key, {}))  # most texts of a receipt are the same on every receipt

    def say(key: str, **arguments: str | int) -> str:
        return written(key, arguments) if arguments else fixed(key)

    return say


@cache
def _bundle(language: str, name: str) -> FluentBundle:
    text = (files("paybooth") / "locales" / language / f"{name}.ftl").read_text("utf-8")
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource(text))
    return bundle
