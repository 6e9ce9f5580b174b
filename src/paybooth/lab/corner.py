"""The demo shop's floor: a corner shop of 11.4 by 4.6 metres with a store room, as its owner drew it."""

from __future__ import annotations

from paybooth.domain.plan import Area, BoothSpot, DeviceSpot, DoorSpot, Plan, Shelf, Wall

WIDE, DEEP = 1140, 460

PLAN = Plan(
    outline=((0, 0), (WIDE, 0), (WIDE, DEEP), (0, DEEP)),
    walls=(Wall((230, 0), (230, DEEP)),),
    shelves=(
        Shelf((480, 25), 460, 45, name="饮料 · 冷柜"),
        Shelf((470, 180), 320, 50, name="零食"),
        Shelf((470, 305), 320, 50, name="日用"),
        Shelf((480, DEEP - 22), 460, 40, name="面包 · 水果"),
        Shelf((35, 150), 50, 240, height=220),
    ),
    doors=(DoorSpot((WIDE, 310), 120, 90, "exit"), DoorSpot((230, 240), 90, 90)),
    booths=(BoothSpot("1", (850, 40)),),
    devices=(
        DeviceSpot("camera:1", "camera", (245, 15), 315, 280, 90),
        DeviceSpot("camera:2", "camera", (1125, 15), 45, 280, 90),
        DeviceSpot("camera:3", "camera", (700, DEEP - 15), 180, 260, 100),
        DeviceSpot("button:exit", "button", (1125, 405), height=110),
        DeviceSpot("speaker:1", "speaker", (700, 240), height=290),
    ),
    zones=(Area("仓库 · Store room", ((0, 0), (230, 0), (230, DEEP), (0, DEEP))),),
)
