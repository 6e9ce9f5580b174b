"""How often the gate is right, over read rates: `python -m tools.gate_truth [EXITS] [--write]`.

People leave past the lab's radio (lab/radio.py) with one to four pieces, one exit in five with an unpaid one among them;
now and then somebody turns round at the gate with unpaid goods; shelves stand near, and a piece lies beside the gate.
The domain judges as in a shop (passage.py, leave.py). `--write` puts table and plot into docs/design/.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from pathlib import Path

from paybooth.domain.leave import Rights, Sold, Standing
from paybooth.domain.passage import Move, Passages, Rule, Zone
from paybooth.lab.radio import Carrier, Field, out, shelf, walk

ROOT = Path(__file__).parent.parent
RATES = (0.90, 0.92, 0.94, 0.96, 0.97, 0.98, 0.99, 1.0)
SLICE_S = 0.1
LASTS_S = 12.0


@dataclass(slots=True)
class Score:
    """Counts over exits; pieces, not people, ring."""

    exits: int = 0
    unpaid: int = 0
    caught: int = 0
    false: int = 0

    @property
    def recall(self) -> float:
        return self.caught / self.unpaid if self.unpaid else 1.0

    @property
    def precision(self) -> float:
        rang = self.caught + self.false
        return self.caught / rang if rang else 1.0

    @property
    def false_per_1000(self) -> float:
        return 1000 * self.false / self.exits


def _tags(n: int, first: int) -> list[bytes]:
    return [(first + k).to_bytes(12, "big") for k in range(n)]


def play(seed: int, rate: float, score: Score) -> None:
    """One exit."""
    chance = random.Random(f"{seed}/{rate}")
    speed = chance.uniform(0.6, 1.7)
    paid = _tags(chance.randint(1, 4), 100)
    unpaid = _tags(1, 200) if chance.random() < 0.2 else []
    field = Field(chance, read_rate=rate)
    field.carriers = [
        Carrier((*paid, *unpaid), out(1.0, speed), chance.uniform(0.4, 1.3)),
        shelf(_tags(8, 300), chance.uniform(-5.0, -3.0)),
        shelf(_tags(1, 400), chance.uniform(-1.6, -0.8), 1.2),
    ]
    if chance.random() < 0.1:
        legs = walk(2.0, (-4.0, 0.0), (-0.9, 2.5), (-0.9, chance.uniform(0.0, 3.0)), (-4.0, 2.5))
        field.carriers.append(Carrier(tuple(_tags(2, 500)), legs))
    rights = Rights(3_600_000)
    rights.release("S", [Sold("P", epc.hex(), 1) for epc in paid], 0)
    passages, rang = Passages(Rule(), lambda _: True), dict[bytes, None]()
    middle_s, now_s = 1.0 + 4.0 / speed, 0.0
    while now_s < LASTS_S:
        if abs(now_s - middle_s) < SLICE_S:
            passages.eye(now_s)
        reads = field.reads(now_s, now_s + SLICE_S)
        events = passages.take([(epc, zone is Zone.OUTER, rssi, at_s) for at_s, zone, epc, rssi in reads])
        for event in events:
            (judged,) = rights.judge([("P", event.epc.hex())], 0)
            if event.move is Move.OUT and judged.standing is Standing.UNPAID:
                rang[event.epc] = None
        now_s += SLICE_S
        passages.tick(now_s)
    score.exits += 1
    score.unpaid += len(unpaid)
    score.caught += sum(epc in rang for epc in unpaid)
    score.false += sum(epc not in unpaid for epc in rang)


def table(scores: dict[float, Score], exits: int) -> str:
    rows = ["| read rate | unpaid pieces | recall | precision | missed per 1,000 unpaid | false alarms per 1,000 exits |",
            "|---|---|---|---|---|---|"]  # fmt: skip
    rows += [
        f"| {rate:.0%} | {s.unpaid} | {s.recall:.1%} | {s.precision:.1%} | {1000 * (1 - s.recall):.1f} "
        f"| {s.false_per_1000:.2f} |"
        for rate, s in scores.items()
    ]
    head = "# How often the gate is right\n\n"
    told = (
        f"{exits} exits at each read rate past the lab's radio model; `python -m tools.gate_truth {exits} --write`.\n"
        "A read rate of 97 % means that 3 of 100 bursts of 0.4 s are lost to bodies and reflections. A model, not a shop:\n"
        "real figures need real readers. An unpaid piece that no antenna ever saw is missed by any rule.\n\n"
        "![recall and false alarms over the read rate](gate_truth.svg)\n\n"
    )
    return head + told + "\n".join(rows) + "\n"


def plot(scores: dict[float, Score]) -> str:
    """Recall (line) and false alarms per 1,000 exits (bars), as SVG."""
    width, height, left, low = 640, 300, 60, 250
    points, bars = [], []
    for n, (rate, s) in enumerate(scores.items()):
        at = left + 40 + n * (width - left - 80) / (len(scores) - 1)
        points.append(f"{at:.0f},{low - (s.recall - 0.9) * 2000:.0f}")
        tall = min(s.false_per_1000 * 20, 200)
        bars.append(f'<rect x="{at - 10:.0f}" y="{low - tall:.0f}" width="20" height="{tall:.0f}" fill="#c9c4b8"/>')
        bars.append(f'<text x="{at:.0f}" y="{low + 20}" text-anchor="middle">{rate:.0%}</text>')
    marks = "".join(
        f'<text x="{left - 8}" y="{low - k * 40 + 4}" text-anchor="end">{90 + 2 * k} %</text>'
        f'<path d="M{left} {low - k * 40}H{width}" stroke="#15171a" stroke-opacity=".12"/>'
        for k in range(6)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">'
        f'<rect width="{width}" height="{height}" fill="#fffdf8"/>{marks}{"".join(bars)}'
        f'<polyline points="{" ".join(points)}" fill="none" stroke="#15171a" stroke-width="2"/>'
        f'<text x="{left}" y="20">recall (line) · false alarms per 1,000 exits (bars, 1 = 20 px)</text></svg>\n'
    )


def main() -> None:
    numbers = [int(a) for a in sys.argv[1:] if a.isdigit()]
    exits = numbers[0] if numbers else 1000
    scores = {rate: Score() for rate in RATES}
    for rate, score in scores.items():
        for seed in range(exits):
            play(seed, rate, score)
        print(f"{rate:.0%}: recall {score.recall:.3%}, false per 1,000 exits {score.false_per_1000:.2f}", flush=True)
    if "--write" in sys.argv:
        (ROOT / "docs" / "design" / "gate_truth.md").write_text(table(scores, exits), "utf-8")
        (ROOT / "docs" / "design" / "gate_truth.svg").write_text(plot(scores), "utf-8")


if __name__ == "__main__":
    main()
