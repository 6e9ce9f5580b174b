"""The shop's floor in whole centimetres: walls, shelves, doors, booths, devices, zones. Pure geometry, no floats kept.

x runs to the right, y down the paper. Angles are whole degrees clockwise; at 0 a booth's screen and a camera look
down the paper. What is seen from where is worked out on this, so it must be a room that can exist (`plan_fault`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import hypot
from typing import Literal

Point = tuple[int, int]
"""Centimetres."""
What = Literal["outline", "wall", "shelf", "door", "booth", "device", "zone"]

REACH_CM = 20_000
"""Nothing is farther from the corner of the paper."""
ON_WALL_CM = 40
"""A door stands in a wall that is at most so far from its middle."""
TURN = 360


@dataclass(frozen=True, slots=True)
class Wall:
    """An inner wall from end to end."""

    a: Point
    b: Point
    thick: int = 10


@dataclass(frozen=True, slots=True)
class Shelf:
    """A rectangle around its middle; `height` hides what is behind it."""

    at: Point
    wide: int
    deep: int
    turn: int = 0
    height: int = 180
    name: str = ""


@dataclass(frozen=True, slots=True)
class DoorSpot:
    """An opening in a wall; `gate` is the exit of the configuration it is, empty for any other door."""

    at: Point
    width: int = 100
    turn: int = 0
    gate: str = ""


@dataclass(frozen=True, slots=True)
class BoothSpot:
    """Where a booth stands."""

    booth: str
    at: Point
    turn: int = 0


@dataclass(frozen=True, slots=True)
class DeviceSpot:
    """A device by its name, such as `camera:1`. Only a camera looks somewhere: `turn`, `view` degrees wide."""

    device: str
    kind: Literal["camera", "reader", "board", "button", "speaker", "scanner", "other"]
    at: Point
    turn: int = 0
    height: int = 250
    view: int = 90


@dataclass(frozen=True, slots=True)
class Area:
    """A zone with a name."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole floor. The outline is the inner face of the outer walls."""

    outline: tuple[Point, ...]
    thick: int = 20
    height: int = 300
    walls: tuple[Wall, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    doors: tuple[DoorSpot, ...] = ()
    booths: tuple[BoothSpot, ...] = ()
    devices: tuple[DeviceSpot, ...] = ()
    zones: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanFault:
    """Why a plan cannot be used: one word for programs, a sentence for people."""

    why: str
    text: str


MOST = {"walls": 160, "shelves": 160, "doors": 24, "booths": 32, "devices": 96, "zones": 24}
POINTS_MOST = 48
NAME_MOST = 40


def plan_fault(plan: Plan, booths: Collection[str], gates: Collection[str]) -> PlanFault | None:
    """The first reason why the floor cannot be like this; None when it can. Booths and gates: those there are."""
    return next((PlanFault(why, text) for why, text in _faults(plan, booths, gates)), None)


def _faults(plan: Plan, booths: Collection[str], gates: Collection[str]) -> Iterator[tuple[str, str]]:
    for what, most in MOST.items():
        if len(getattr(plan, what)) > most:
            yield "plan_too_many", f"a plan has at most {most} {what}"
            return  # what follows looks at each of them
    yield from _measures(plan)
    yield from _shape("the outline", plan.outline)
    for zone in plan.zones:
        yield from _shape(f"zone {zone.name!r}", zone.points)
    yield from _names(plan, booths, gates)
    for shelf in plan.shelves:
        if not inside(plan.outline, shelf.at):
            yield "plan_outside", f"shelf {shelf.name!r} stands outside the walls"
    for booth in plan.booths:
        if not inside(plan.outline, booth.at):
            yield "plan_outside", f"booth {booth.booth} stands outside the walls"
    segments = list(wall_lines(plan))
    for door in plan.doors:
        if min(from_line(door.at, a, b) for a, b in segments) > ON_WALL_CM:
            yield "plan_door", f"door {door.gate!r} stands in no wall"


def _measures(plan: Plan) -> Iterator[tuple[str, str]]:
    points = [*plan.outline, *(p for zone in plan.zones for p in zone.points)]
    points += [p for wall in plan.walls for p in (wall.a, wall.b)]
    spots: list[Shelf | DoorSpot | BoothSpot | DeviceSpot]
    spots = [*plan.shelves, *plan.doors, *plan.booths, *plan.devices]
    points += [spot.at for spot in spots]
    if any(abs(x) > REACH_CM or abs(y) > REACH_CM for x, y in points):
        yield "plan_far", f"everything is within {REACH_CM // 100} m"
    if any(not 0 <= spot.turn < TURN for spot in spots):
        yield "plan_measure", "an angle is 0 to 359 degrees"
    bounds = [("the outer walls' thickness", plan.thick, 2, 200), ("the room's height", plan.height, 180, 2000)]
    bounds += [("a wall's thickness", wall.thick, 2, 200) for wall in plan.walls]
    for shelf in plan.shelves:
        bounds += [("a shelf's side", side, 10, 5000) for side in (shelf.wide, shelf.deep)]
        bounds.append(("a shelf's height", shelf.height, 10, 1000))
    bounds += [("a door's width", door.width, 40, 1000) for door in plan.doors]
    for device in plan.devices:
        bounds += [("a device's height", device.height, 0, 2000), ("an angle of view", device.view, 1, 360)]
    for what, value, least, most in bounds:
        if not least <= value <= most:
            unit = "degrees" if "angle" in what else "cm"
            yield "plan_measure", f"{what} is {least} to {most} {unit}"
    if any(wall.a == wall.b for wall in plan.walls):
        yield "plan_measure", "a wall has no length"


def _shape(what: str, points: Sequence[Point]) -> Iterator[tuple[str, str]]:
    if not 3 <= len(points) <= POINTS_MOST:
        yield "plan_shape", f"{what} has 3 to {POINTS_MOST} corners"
    elif crosses_itself(points):
        yield "plan_crossing", f"{what} crosses itself"


def _names(plan: Plan, booths: Collection[str], gates: Collection[str]) -> Iterator[tuple[str, str]]:
    unknown = [each.booth for each in plan.booths if each.booth not in booths]
    if unknown:
        yield "plan_unknown", f"there is no booth {unknown[0]!r} in the configuration"
    strange = [each.gate for each in plan.doors if each.gate and each.gate not in gates]
    if strange:
        yield "plan_unknown", f"there is no gate {strange[0]!r} in the configuration"
    named = [f"booth {each.booth}" for each in plan.booths]
    named += [f"gate {each.gate}" for each in plan.doors if each.gate]
    named += [f"device {each.device}" for each in plan.devices]
    twice = [name for name, times in Counter(named).items() if times > 1]
    if twice:
        yield "plan_twice", f"{twice[0]} is on the plan twice"
    texts = [(zone.name, 1) for zone in plan.zones] + [(device.device, 1) for device in plan.devices]
    texts += [(shelf.name, 0) for shelf in plan.shelves]
    if any(not least <= len(text) <= NAME_MOST or not text.isprintable() for text, least in texts):
        yield "plan_name", f"a name has at most {NAME_MOST} letters, that of a zone or device at least one"


# ---------------------------------------------------------------- geometry


def wall_lines(plan: Plan) -> Iterator[tuple[Point, Point]]:
    """Every wall, outer ones first."""
    corners = plan.outline
    yield from zip(corners, (*corners[1:], corners[0]), strict=True)
    yield from ((wall.a, wall.b) for wall in plan.walls)


def _side(a: Point, b: Point, c: Point) -> int:
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (turn > 0) - (turn < 0)


def _on(a: Point, b: Point, c: Point) -> bool:
    """Whether c, in line with a and b, lies between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two segments have a point in common."""
    sides = _side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b)
    if sides[0] != sides[1] and sides[2] != sides[3]:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(side == 0 and _on(*end) for side, end in zip(sides, ends, strict=True))


def crosses_itself(points: Sequence[Point]) -> bool:
    """Whether a closed polygon meets itself anywhere but at the corners of neighbouring sides."""
    count = len(points)
    sides = [(points[n], points[(n + 1) % count]) for n in range(count)]
    if any(a == b for a, b in sides) or len(set(points)) < count:
        return True
    for (n, (a, b)), (m, (c, d)) in combinations(enumerate(sides), 2):
        if m == n + 1:
            # neighbours share b == c; they also meet elsewhere when one lies back over the other
            if _side(a, b, d) == 0 and (_on(a, b, d) or _on(c, d, a)):
                return True
        elif n == 0 and m == count - 1:
            if _side(c, d, b) == 0 and (_on(c, d, b) or _on(a, b, c)):
                return True
        elif meet(a, b, c, d):
            return True
    return False


def inside(points: Sequence[Point], at: Point) -> bool:
    """Whether a point is in a polygon or on its edge."""
    x, y = at
    found = False
    for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True):
        if _side((ax, ay), (bx, by), at) == 0 and _on((ax, ay), (bx, by), at):
            return True
        if (ay > y) != (by > y) and (x - ax) * abs(by - ay) < (bx - ax) * (y - ay) * (1 if by > ay else -1):
            found = not found
    return found


def from_line(at: Point, a: Point, b: Point) -> float:
    """How far a point is from a segment."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length2 = dx * dx + dy * dy
    along = 0.0 if length2 == 0 else max(0.0, min(1.0, ((at[0] - a[0]) * dx + (at[1] - a[1]) * dy) / length2))
    return hypot(at[0] - a[0] - along * dx, at[1] - a[1] - along * dy)


# ---------------------------------------------------------------- what nobody drew, and what changed


def plain_plan(booths: Sequence[str], gates: Sequence[str]) -> Plan:
    """A room for what is configured, until somebody draws the real one: booths at the far wall, gates at the right."""
    wide = max(1200, 300 + 170 * len(booths))
    deep = max(440, 140 + 220 * len(gates))
    return Plan(
        outline=((0, 0), (wide, 0), (wide, deep), (0, deep)),
        doors=tuple(DoorSpot((wide, 220 + 220 * n), 120, 90, gate) for n, gate in enumerate(gates)),
        booths=tuple(BoothSpot(booth, (150 + 170 * n, 45)) for n, booth in enumerate(booths)),
    )


@dataclass(frozen=True, slots=True)
class PlanChange:
    """So many of one sort were added, removed or altered."""

    what: What
    change: Literal["added", "removed", "altered"]
    count: int


_SORTS: tuple[tuple[What, str], ...] = (
    ("wall", "walls"),
    ("shelf", "shelves"),
    ("door", "doors"),
    ("booth", "booths"),
    ("device", "devices"),
    ("zone", "zones"),
)


def plan_changes(before: Plan, after: Plan) -> tuple[PlanChange, ...]:
    """What makes one plan another, by sorts of things."""
    found: list[PlanChange] = []
    room = [(plan.outline, plan.thick, plan.height) for plan in (before, after)]
    if room[0] != room[1]:
        found.append(PlanChange("outline", "altered", 1))
    for what, field in _SORTS:
        was, now = Counter(getattr(before, field)), Counter(getattr(after, field))
        gone, new = (was - now).total(), (now - was).total()
        same = min(gone, new)
        if same:
            found.append(PlanChange(what, "altered", same))
        if new > same:
            found.append(PlanChange(what, "added", new - same))
        if gone > same:
            found.append(PlanChange(what, "removed", gone - same))
    return tuple(found)
