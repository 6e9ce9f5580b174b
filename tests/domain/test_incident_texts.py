"""Every word that the box can send about incidents and doors has its text, in both languages."""

from __future__ import annotations

import pytest

from paybooth.domain.door import Mode
from paybooth.domain.door import State as DoorState
from paybooth.domain.incident import MANNERS, Kind, Severity, Verdict
from paybooth.domain.leave import Standing
from paybooth.ports import HealthState
from paybooth.shop.words import LANGUAGES, Words

STORY = ("opened", "again", "told", "not_told", "claimed", "handed", "noted", "resolved")
WANTED = {
    *(f"kind-{kind}" for kind in Kind),
    *(f"well-{kind}" for kind in Kind),
    *(f"severity-{severity}" for severity in Severity),
    *(f"verdict-{verdict}" for verdict in Verdict),
    *(
        f"next-{key}{tail}"
        for key in ("claim", "nothing", *(m.next for m in MANNERS.values()))
        for tail in ("", "-hint")
    ),
    *(f"judged-{standing}" for standing in Standing),
    *(f"door-{state}" for state in DoorState),
    *(f"mode-{mode}" for mode in Mode),
    *(f"health-{state}" for state in HealthState),
    *(f"story-{what}" for what in STORY),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_without_words(language):
    assert WANTED - Words("incidents").keys(language) == set()


def test_both_languages_say_the_same_things():
    assert Words("incidents").keys("en") == Words("incidents").keys("zh-CN")
    assert Words("notify").keys("en") == Words("notify").keys("zh-CN")
    assert {f"kind-{kind.replace('_', '-')}" for kind in Kind} <= Words("notify").keys("en")
