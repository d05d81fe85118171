import fc from "fast-check";
import { expect, test } from "vitest";
import { circleIn, type Graph, inOrder, levelsOf } from "./graph.ts";

/** Any needs at all: of itself, of nothing that is there, in circles. */
const anyGraph = fc
  .array(fc.array(fc.nat(12), { maxLength: 4 }), { minLength: 1, maxLength: 10 })
  .map((all): Graph => new Map(all.map((needs, at) => [`t${at}`, needs.map((need) => `t${need}`)])));

/** Each task needs only what stands before it in some order, and is written in another. */
const anyTree = fc
  .tuple(fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.nat()))
  .map(([all, order]): Graph => {
    const entries = all.map((needs, at) => {
      const earlier = at === 0 ? [] : needs.map((need) => `t${need % at}`);
      return [order.next().value as number, [`t${at}`, earlier]] as const;
    });
    return new Map(entries.sort(([a], [b]) => a - b).map(([, entry]) => entry));
  });

test("a circle is told as a path from a task back to itself, and only where there is one", () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const circle = circleIn(graph);
      if (circle) {
        expect(circle.at(0)).toBe(circle.at(-1));
        for (const [at, id] of circle.slice(0, -1).entries()) expect(graph.get(id)).toContain(circle[at + 1]);
      } else {
        expect(levelsOf(graph).flat().sort()).toEqual([...graph.keys()].sort());
      }
    }),
  );
  expect(
    circleIn(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["b"]],
      ]),
    ),
  ).toEqual(["b", "c", "b"]);
});

test("what is needed is submitted first and stands on a lower level, whatever order it is written in", () => {
  fc.assert(
    fc.property(anyTree, (graph) => {
      expect(circleIn(graph)).toBeUndefined();
      const order = inOrder(graph);
      expect([...order].sort()).toEqual([...graph.keys()].sort());
      const levels = levelsOf(graph);
      const levelOf = (id: string) => levels.findIndex((ids) => ids.includes(id));
      for (const [id, needs] of graph) {
        for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(id));
        expect(levelOf(id)).toBe(Math.max(-1, ...needs.map(levelOf)) + 1);
      }
    }),
  );
});

test("what does not need each other stays in the order in which it was written", () => {
  expect(
    inOrder(
      new Map([
        ["c", []],
        ["a", ["b"]],
        ["b", []],
        ["d", []],
      ]),
    ),
  ).toEqual(["c", "b", "a", "d"]);
});

test("a thousand tasks in a row are no matter", () => {
  const row: Graph = new Map(Array.from({ length: 1000 }, (_, n) => [`t${n}`, n === 999 ? [] : [`t${n + 1}`]]));
  expect(inOrder(row).at(0)).toBe("t999");
  expect(levelsOf(row)).toHaveLength(1000);
});
