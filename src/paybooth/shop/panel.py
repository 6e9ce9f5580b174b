"""The screen of one exit: what it shows, numbered, and what a shopper may ask of it.

It is drawn from the gate's state a few times a second at most, however many tags are read; nothing at the gate waits
for it. Asking costs no disk and no money: paying here lays the goods on the gate's booth, whose kiosk takes over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from msgspec.structs import replace

from paybooth.domain.incident import Kind, State, Verdict
from paybooth.ports import Clock

from . import gate_views as v
from .bell import Bell
from .booth import Booth
from .feed import Feed
from .gate import Gate
from .gate_screen import Around, build
from .incidents import Incidents
from .pad import Tagged, as_scans
from .settings import ShopSettings
from .views import HelpView, IntentResult, Language, Words

DRAWN_EVERY_S = 0.1
QUIET_S = 30.0
"""Nobody asked anything for this long: the next person finds the shop's own language."""

INTENTS_KEPT = 64


class Panel:
    """Exit screen of one gate."""

    def __init__(
        self, settings: ShopSettings, gate: Gate, incidents: Incidents, clock: Clock, feed: Feed[v.GateView]
    ) -> None:
        self.feed = feed
        self.gate = gate
        self.booth: Booth | None = None
        """The booth that takes money for what is not paid; the shop says."""
        self._settings = settings
        self._incidents = incidents
        self._clock = clock
        self._bell = Bell()
        self._language: Language = settings.language
        self._asked_s = -QUIET_S
        self._laid: frozenset[str] = frozenset()
        """Serials that were laid on the booth from here."""
        self._answers: OrderedDict[str, IntentResult] = OrderedDict()
        self._last: IntentResult | None = None
        self._voice = ("", 0)
        self.call_help: Callable[[], None] = lambda: None
        gate.listen(self._bell.ring)
        incidents.listen(lambda found, _: self._bell.ring() if found.place == gate.settings.id else None)

    async def run(self) -> None:
        while True:
            self._forget()
            self.show()
            await self._clock.sleep(DRAWN_EVERY_S)
            await self._bell.wait(QUIET_S if self._language != self._settings.language or self._laid else None)

    def refresh(self) -> None:
        """Something outside the gate changed: the booth, its money, a price."""
        self._bell.ring()

    def show(self) -> None:
        """Publish the view, if it is another than before."""
        view = self.view()
        if view != self.feed.view:
            self.feed.publish(view)

    def view(self) -> v.GateView:
        view = build(self.gate, self._around())
        if view.voice != self._voice[0]:
            self._voice = view.voice, self._voice[1] + 1
        return replace(view, voice_id=self._voice[1])

    def _around(self) -> Around:
        return Around(
            shop=Words(self._settings.name_zh, self._settings.name_en),
            language=self._language,
            paying=self._paying(),
            booth_free=self.booth is not None and self.booth.free,
            help=self._help(),
            last_intent=self._last,
            voice_id=0,
        )

    def _paying(self) -> bool:
        sale = self.booth.visit.session.sale if self.booth is not None else None
        return sale is not None and any(line.serial in self._laid for line in sale.lines)

    def _help(self) -> HelpView | None:
        """The newest call from this door that nobody ended."""
        calls = [
            found
            for found in self._incidents.live.values()
            if found.kind is Kind.HELP and found.place == self.gate.settings.id
        ]
        if not calls:
            return None
        return HelpView("seen" if calls[-1].state is State.CLAIMED else "calling", calls[-1].opened_ms)

    def _forget(self) -> None:
        """Whoever stood here has gone."""
        if self._laid and not self._paying():
            self._laid = frozenset()
        if not self.gate.unpaid() and not self.gate.alarming():
            self.gate.put_back = False
        if self._clock.monotonic_s() - self._asked_s >= QUIET_S and not self.gate.near and not self._laid:
            self._language = self._settings.language

    # ------------------------------------------------------------ asked by the page

    def post_input(self, intent: v.GateIntent) -> None:
        """A tap. The same one twice counts once."""
        known = self._answers.get(intent.id)
        if known is None:
            code = self._act(intent.action)
            known = self._answers[intent.id] = IntentResult(intent.id, code == "", code)
            if len(self._answers) > INTENTS_KEPT:
                self._answers.popitem(last=False)
        self._asked_s = self._clock.monotonic_s()
        self._last = known
        self._bell.ring()

    def refuse(self, intent: str) -> None:
        """An intent that was not understood."""
        self._last = IntentResult(intent, ok=False, code="malformed")
        self._bell.ring()

    def _act(self, action: v.GateAction) -> str:
        match action:
            case v.PayHere():
                return self._pay_here()
            case v.PutBack():
                if not (self.gate.unpaid() or self.gate.alarming()):
                    return "refused"
                self.gate.put_back = True
            case v.GateHelp(on=True):
                self.call_help()
            case v.GateHelp():
                self._incidents.heal(Kind.HELP, self.gate.settings.id, Verdict.MISTAKE)
            case v.GateLanguage(language=language):
                self._language = language
        return ""

    def _pay_here(self) -> str:
        """Lay what is not paid on the gate's booth, as if its tags lay on that booth's pad."""
        if self.booth is None or not self.booth.free:
            return "refused"
        codes = as_scans([epc for epc, near in self.gate.near.items() if near in self.gate.unpaid()])
        if not codes or not self.booth.post_input(Tagged(codes, alone=True)):
            return "refused"
        self._laid = frozenset(code.serial for code in codes if code.serial is not None)
        self.gate.put_back = False
        return ""
