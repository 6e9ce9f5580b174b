import { FluentResource } from '@fluent/bundle';
import { expect, test } from 'vitest';
import en from '../../src/paybooth/locales/en/plan.ftl?raw';
import enSettings from '../../src/paybooth/locales/en/settings.ftl?raw';
import zh from '../../src/paybooth/locales/zh-CN/plan.ftl?raw';
import zhSettings from '../../src/paybooth/locales/zh-CN/settings.ftl?raw';
import {
  added,
  altered,
  area,
  begin,
  bounds,
  crosses,
  did,
  doubled,
  ends,
  frame,
  framed,
  handles,
  hit,
  inside,
  inWall,
  moved,
  type Plan,
  pulled,
  type Ref,
  redo,
  snap,
  things,
  toggled,
  turned,
  undo,
  without,
  withoutCorner,
} from './plan_model';

const ROOM: Plan = {
  outline: [
    [0, 0],
    [1000, 0],
    [1000, 600],
    [0, 600],
  ],
  thick: 20,
  height: 300,
  walls: [{ a: [700, 0], b: [700, 300], thick: 10 }],
  shelves: [{ at: [300, 300], wide: 200, deep: 40, turn: 90, height: 180, name: 'Drinks' }],
  doors: [{ at: [1000, 450], width: 120, turn: 90, gate: 'exit' }],
  booths: [{ booth: '1', at: [200, 60], turn: 0 }],
  devices: [{ device: 'camera:1', kind: 'camera', at: [20, 20], turn: 315, height: 280, view: 80 }],
  zones: [],
};

test('points fall on the grid, on wall ends, on right angles; with Alt on nothing', () => {
  expect(snap([103, 98])).toEqual([100, 100]);
  expect(snap([103.4, 97.6], { free: true })).toEqual([103, 98]);
  expect(snap([691, 309], { ends: ends(ROOM) })).toEqual([700, 300]);
  expect(snap([680, 309], { ends: ends(ROOM) })).toEqual([680, 310]);
  expect(snap([513, 118], { from: [103, 103] })).toEqual([510, 103]);
  expect(snap([118, 513], { from: [103, 103] })).toEqual([103, 510]);
  expect(snap([-300, 112], { from: [103, 103] })).toEqual([-300, 103]);
  expect(snap([402, 405], { from: [103, 103] })).toEqual([400, 410]);
});

test('a wall snaps to no end of its own', () => {
  expect(ends(ROOM, { sort: 'walls', n: 0 })).toEqual(ROOM.outline);
});

test('a door goes into the nearest wall, and nowhere without one', () => {
  expect(inWall(ROOM, [950, 433])).toEqual({ at: [1000, 433], turn: 90 });
  expect(inWall(ROOM, [690, 150])).toEqual({ at: [700, 150], turn: 90 });
  expect(inWall(ROOM, [400, 20])).toEqual({ at: [400, 0], turn: 0 });
  expect(inWall(ROOM, [400, 300])).toBeNull();
});

test('what is under the pointer, the topmost first', () => {
  expect(hit(ROOM, [20, 20], 2)).toEqual({ sort: 'devices', n: 0 });
  expect(hit(ROOM, [240, 80], 2)).toEqual({ sort: 'booths', n: 0 });
  expect(hit(ROOM, [1010, 500], 2)).toEqual({ sort: 'doors', n: 0 });
  expect(hit(ROOM, [310, 390], 2)).toEqual({ sort: 'shelves', n: 0 }); // it stands on end
  expect(hit(ROOM, [390, 300], 2)).toBeNull();
  expect(hit(ROOM, [706, 200], 2)).toEqual({ sort: 'walls', n: 0 });
  expect(hit(ROOM, [500, 603], 2)).toEqual({ sort: 'outline', n: 0 });
  expect(
    hit(
      {
        ...ROOM,
        zones: [
          {
            name: 'A',
            points: [
              [400, 200],
              [600, 200],
              [600, 500],
            ],
          },
        ],
      },
      [500, 202],
      2,
    ),
  ).toEqual({ sort: 'zones', n: 0 });
});

test('polygons: area, inside, crossing', () => {
  expect(area(ROOM.outline)).toBe(60);
  expect([inside(ROOM.outline, [5, 5]), inside(ROOM.outline, [1005, 5])]).toEqual([true, false]);
  expect(crosses(ROOM.outline)).toBe(false);
  expect(
    crosses([
      [0, 0],
      [10, 10],
      [10, 0],
      [0, 10],
    ]),
  ).toBe(true);
  expect(withoutCorner(ROOM.outline, 1)).toEqual([
    [0, 0],
    [1000, 600],
    [0, 600],
  ]);
  expect(withoutCorner(ROOM.outline.slice(0, 3), 1)).toHaveLength(3);
});

test('everything moves, and nothing else with it', () => {
  expect(moved(ROOM, [{ sort: 'walls', n: 0 }], [10, -10]).walls[0]).toEqual({
    a: [710, -10],
    b: [710, 290],
    thick: 10,
  });
  expect(moved(ROOM, [{ sort: 'booths', n: 0 }], [10, 0])).toEqual({
    ...ROOM,
    booths: [{ booth: '1', at: [210, 60], turn: 0 }],
  });
  expect(moved(ROOM, [{ sort: 'outline', n: 0 }], [5, 5]).outline[2]).toEqual([1005, 605]);
});

test('handles pull: an end, a corner, a new corner, a size whose other corner stays, a turn', () => {
  expect(
    pulled(ROOM, { sort: 'walls', n: 0 }, { at: [700, 300], what: 'end', n: 1 }, [700, 400]).walls[0]?.b,
  ).toEqual([700, 400]);
  const room = handles(ROOM, { sort: 'outline', n: 0 }, 30);
  expect(room.filter((each) => each.what === 'middle')[0]?.at).toEqual([500, 0]);
  const bay = pulled(ROOM, { sort: 'outline', n: 0 }, { at: [500, 0], what: 'middle', n: 0 }, [500, -100]);
  expect(bay.outline).toEqual([
    [0, 0],
    [500, -100],
    [1000, 0],
    [1000, 600],
    [0, 600],
  ]);
  const flat = altered(ROOM, { sort: 'shelves', n: 0 }, { turn: 0 });
  const sized = pulled(flat, { sort: 'shelves', n: 0 }, { at: [400, 320], what: 'size', n: 2 }, [500, 340]);
  expect(sized.shelves[0]).toMatchObject({ at: [350, 310], wide: 300, deep: 60 });
  const turn = { at: [200, 115], what: 'turn', n: 0 } as const;
  expect(pulled(ROOM, { sort: 'booths', n: 0 }, turn, [100, 62]).booths[0]?.turn).toBe(90);
  expect(pulled(ROOM, { sort: 'booths', n: 0 }, turn, [100, 72], true).booths[0]?.turn).toBe(83);
  expect(
    pulled(ROOM, { sort: 'doors', n: 0 }, { at: [1000, 510], what: 'size', n: 1 }, [1000, 550]).doors[0]
      ?.width,
  ).toBe(200);
});

test('a double has a name of its own, and there is one booth of a name', () => {
  const [plan, refs] = doubled(ROOM, [{ sort: 'devices', n: 0 }]) ?? [];
  expect([plan?.devices[1]?.device, refs]).toEqual(['camera:2', [{ sort: 'devices', n: 1 }]]);
  expect(doubled(ROOM, [{ sort: 'doors', n: 0 }])?.[0].doors[1]?.gate).toBe('');
  expect(doubled(ROOM, [{ sort: 'shelves', n: 0 }])?.[0].shelves[1]?.at).toEqual([300, 510]); // end to end
  expect(doubled(ROOM, [{ sort: 'booths', n: 0 }])).toBeNull();
  expect(without(ROOM, [{ sort: 'walls', n: 0 }]).walls).toEqual([]);
  expect(without(ROOM, [{ sort: 'outline', n: 0 }])).toEqual(ROOM);
});

test('several things go, turn, double and disappear together', () => {
  const both: Ref[] = [
    { sort: 'shelves', n: 0 },
    { sort: 'booths', n: 0 },
  ];
  const pushed = moved(ROOM, both, [10, 20]);
  expect([pushed.shelves[0]?.at, pushed.booths[0]?.at]).toEqual([
    [310, 320],
    [210, 80],
  ]);
  // about the middle of both, which stays where it is
  const round = turned(ROOM, both, 90);
  expect(round.shelves[0]).toMatchObject({ at: [130, 230], turn: 180 });
  expect(round.booths[0]).toMatchObject({ at: [370, 130], turn: 90 });
  expect(turned(turned(round, both, 180), both, 90)).toEqual(ROOM);
  expect(turned(ROOM, [{ sort: 'outline', n: 0 }], 90)).toBe(ROOM);
  // there is one booth of a name
  const [twice, made] = doubled(ROOM, both) ?? [];
  expect(made).toEqual([{ sort: 'shelves', n: 1 }]);
  expect(twice?.booths).toHaveLength(1);
  const three = doubled(twice as Plan, [
    { sort: 'shelves', n: 0 },
    { sort: 'devices', n: 0 },
  ]);
  expect(three?.[0].shelves[2]?.at).toEqual([350, 350]);
  expect(three?.[0].devices[1]).toMatchObject({ device: 'camera:2', at: [70, 70] });
  const left = without(twice as Plan, [{ sort: 'shelves', n: 0 }, both[1] as Ref]);
  expect([left.shelves, left.booths]).toEqual([[twice?.shelves[1]], []]);
  expect(without(ROOM, both).devices).toEqual(ROOM.devices);
});

test('one more is chosen, or one less; the room alone', () => {
  const [a, b, room]: Ref[] = [
    { sort: 'shelves', n: 0 },
    { sort: 'doors', n: 0 },
    { sort: 'outline', n: 0 },
  ] as const;
  expect(toggled([a as Ref], b as Ref)).toEqual([a, b]);
  expect(toggled([a as Ref, b as Ref], { sort: 'shelves', n: 0 })).toEqual([b]);
  expect(toggled([a as Ref], room as Ref)).toEqual([room]);
  expect(toggled([room as Ref], a as Ref)).toEqual([a]);
});

test('a frame chooses what stands wholly in it', () => {
  expect(framed(ROOM, [400, 0], [0, 450])).toEqual([
    { sort: 'shelves', n: 0 },
    { sort: 'booths', n: 0 },
    { sort: 'devices', n: 0 },
  ]);
  // the shelf stands on end: its corner at y = 400 is not in it
  expect(framed(ROOM, [0, 0], [400, 390])).not.toContainEqual({ sort: 'shelves', n: 0 });
  expect(framed(ROOM, [-100, -100], [2000, 2000])).toEqual(things(ROOM));
  expect(frame(ROOM, [{ sort: 'shelves', n: 0 }])).toEqual({ x: 280, y: 200, w: 40, h: 200 });
});

test('150 steps back and forth again', () => {
  let history = begin(ROOM);
  for (let n = 0; n < 150; n++)
    history = did(history, moved(history.now, [{ sort: 'booths', n: 0 }], [10, 0]));
  const last = history.now;
  expect(did(history, structuredClone(last))).toBe(history); // no step for nothing
  for (let n = 0; n < 150; n++) history = undo(history);
  expect(history.now).toEqual(ROOM);
  expect(undo(history)).toEqual(history);
  for (let n = 0; n < 150; n++) history = redo(history);
  expect(history.now).toEqual(last);
  expect(did(undo(history), ROOM).future).toEqual([]);
});

test('the frame goes around everything', () => {
  expect(bounds(ROOM)).toEqual({ x: -20, y: -20, w: 1040, h: 640 });
  const [wider] = added(ROOM, 'walls', { a: [0, 0], b: [1500, 0], thick: 10 });
  expect(bounds(wider).w).toBe(1540);
});

test.each([
  [en, zh],
  [enSettings, zhSettings],
])('both languages hold the same texts', (one, other) => {
  const keys = (ftl: string) => new FluentResource(ftl).body.map((message) => message.id).sort();
  expect(keys(one)).toEqual(keys(other));
  expect(new Set(keys(one)).size).toBe(keys(one).length);
});
