import { describe, expect, test } from "vitest";
import { formatProblem } from "../../config/problem.ts";
import { readWorkflow } from "./read.ts";

const problemsIn = (text: string, file = "w.yaml", name: string | undefined = "w"): string[] => {
  const read = readWorkflow(text, file, name);
  return "problems" in read ? read.problems.map(formatProblem) : [];
};

const GOOD = `
summary: Two tasks.
inputs:
  what: { type: text }
tasks:
  a:
    prompt: "Do {{inputs.what}}"
  b:
    prompt: |
      Then {{{{this}}
    needs: [a:continue]
    data: { note: ["{{inputs.what}}", 1] }
`;

describe("a workflow that is fine", () => {
  test("is the same in YAML and in JSON, with what it leaves out put in", () => {
    const read = readWorkflow(GOOD, "w.yaml", "w");
    if ("problems" in read) throw new Error(read.problems.map(formatProblem).join("\n"));
    expect(read.workflow).toEqual({
      name: "w",
      summary: "Two tasks.",
      inputs: { what: { type: "text" } },
      tasks: {
        a: { prompt: "Do {{inputs.what}}", role: "default", priority: 0, needs: [] },
        b: {
          prompt: "Then {{{{this}}\n",
          role: "default",
          priority: 0,
          needs: [{ taskId: "a", policy: "continue" }],
          data: { note: ["{{inputs.what}}", 1] },
        },
      },
    });
    const { name: _, ...rest } = read.workflow;
    expect(readWorkflow(JSON.stringify(rest), "w.json", "w")).toMatchObject({ workflow: read.workflow });
  });

  test("has a version that tells whether its text has changed", () => {
    const versionOf = (text: string) => (readWorkflow(text, "w.yaml", "w") as { version: string }).version;
    expect(versionOf(GOOD)).toMatch(/^[0-9a-f]{64}$/);
    expect(versionOf(`${GOOD}#`)).not.toBe(versionOf(GOOD));
  });
});

const tasks = (text: string) => `summary: x\ninputs: { files: { type: list }, what: { type: text } }\ntasks:\n${text}`;

describe("a problem is told with its place and with what helps", () => {
  test.each([
    ["sumary: x\ntasks: { a: { prompt: x } }", ['w.yaml:1:1 sumary: unknown key; did you mean "summary"?']],
    ["summary: x", ["w.yaml:1:1 tasks: missing; expected an object"]],
    ["summary: x\ntasks: {}", ["w.yaml:2:8 tasks: must have at least one task"]],
    [
      "summary: x\nname: v\ntasks: { a: { prompt: x } }",
      ["w.yaml:2:7 name: differs from the name of the file, which is what it is run by"],
    ],
    [tasks("  a:\n    ned: [b]\n    prompt: x"), ['w.yaml:5:5 tasks.a.ned: unknown key; did you mean "needs"?']],
    [tasks("  a: { prompt: x }\n  a: { prompt: y }"), ["w.yaml:5:3 tasks.a: this name is written twice"]],
    [tasks("  __proto__: { prompt: x }\n  a: { prompt: y }"), ["w.yaml:4:3 tasks.__proto__: this name is reserved"]],
    [
      tasks("  a: { prompt: x, data: { constructor: 1 } }"),
      ["w.yaml:4:27 tasks.a.data.constructor: this name is reserved"],
    ],
    [tasks("  <<: { prompt: x }\n  a: { prompt: x }"), [expect.stringMatching(/^w\.yaml:4:3 tasks\["<<"\]: /)]],
    [tasks("  a.b: { prompt: x }"), [expect.stringMatching(/^w\.yaml:4:3 tasks\["a\.b"\]: 1 to 48 letters/)]],
    [
      tasks("  a: { prompt: x, priority: 1e999 }"),
      ["w.yaml:4:29 tasks.a.priority: expected a number, found a number that is too large"],
    ],
    [
      tasks("  a: { prompt: x, priority: 99999999999999999999 }"),
      expect.arrayContaining(["w.yaml:4:29 tasks.a.priority: must be at most 1000000"]),
    ],
    [tasks('  a: { prompt: "x\\0" }'), [expect.stringMatching(/^w\.yaml:4:16 tasks\.a\.prompt: has a NUL byte/)]],
    [tasks("  a: { prompt: x, cwd: here }"), ["w.yaml:4:24 tasks.a.cwd: must be an absolute path"]],
    [
      tasks("  a: { prompt: x, needs: [b, a:contine] }\n  bb: { prompt: x }"),
      [expect.stringMatching(/^w\.yaml:4:26 tasks\.a\.needs: "a:contine" is not TASK or TASK:POLICY/)],
    ],
    [
      tasks("  plan: { prompt: x }\n  b: { prompt: x, needs: [plann, b] }"),
      [
        'w.yaml:5:27 tasks.b.needs[0]: there is no such task in this workflow; did you mean "plan"?',
        "w.yaml:5:34 tasks.b.needs[1]: a task cannot need itself; leave it out",
      ],
    ],
    [
      tasks("  a: { prompt: x, needs: [c] }\n  b: { prompt: x, needs: [a] }\n  c: { prompt: x, needs: [b] }"),
      ["w.yaml:4:26 tasks.a.needs: needs close a circle: a → c → b → a; one of them has to go without"],
    ],
    [
      tasks('  a:\n    prompt: |\n      one\n      two {{inputs.wat}} {{ 1 + 1 }}\n    title: "{{item}}"'),
      [
        'w.yaml:7:11 tasks.a.prompt: there is no input wat; did you mean "what"?',
        "w.yaml:7:26 tasks.a.prompt: this {{ begins no place that is known; a place is {{inputs.NAME}}; write {{{{ for a {{ that means nothing",
        "w.yaml:8:13 tasks.a.title: {{item}} is only there in a task with each; each: INPUT names a list",
      ],
    ],
    [
      tasks("  a: { prompt: x, data: [{ b: '{{inputs.nope}}' }] }"),
      ["w.yaml:4:32 tasks.a.data[0].b: there is no input nope"],
    ],
    [
      tasks("  a: { prompt: '{{item}}', each: file }"),
      ['w.yaml:4:34 tasks.a.each: there is no such input; did you mean "files"?'],
    ],
    [tasks("  a: { prompt: '{{item}}', each: what }"), ["w.yaml:4:34 tasks.a.each: this input is no list"]],
    [
      "summary: x\ninputs:\n  a: { type: choice, choices: [red, green], default: gren }\n  b: { type: text, default: x, required: true }\n  c: { type: txt }\ntasks: { a: { prompt: x } }",
      [
        'w.yaml:3:54 inputs.a.default: is not one of the choices; did you mean "green"?',
        "w.yaml:4:42 inputs.b.required: an input with a default need not be given; leave one of the two out",
        'w.yaml:5:14 inputs.c.type: expected "text", "number", "boolean", "choice" or "list", found a string; did you mean "text"?',
      ],
    ],
    [
      "summary: x\ninputs:\n  a: { type: choice, choices: [red, green], default: gren }\n  b: { type: text, default: x, required: true }\ntasks: { a: { prompt: x } }",
      [
        'w.yaml:3:54 inputs.a.default: is not one of the choices; did you mean "green"?',
        "w.yaml:4:42 inputs.b.required: an input with a default need not be given; leave one of the two out",
      ],
    ],
    ["- summary: x", ["w.yaml:1:1 expected an object, found an array"]],
    ["a: [", [expect.stringMatching(/^w\.yaml:1:5 this is not YAML that is understood here: /)]],
  ])("%j", (text, expected) => expect(problemsIn(text)).toEqual(expected));

  test("all in one go: what is wrong with the shape hides nothing of what it means", () => {
    const text = [
      "inputs:",
      "  what: { type: txt }",
      "  n: { type: choice, choices: [a, b], default: c }",
      "tasks:",
      '  plan: { prompt: "{{inputs.wat}} {{inputs.what}}", needs: [biuld], prioritty: 3 }',
      '  build: { prompt: "{{item}}", needs: [build], priority: x }',
      "  loop: { needs: [back] }",
      "  back: { prompt: z, needs: [loop], each: what, cwd: here }",
      "  more: 7",
      "  last: { prompt: z, needs: [more] }",
    ].join("\n");
    expect(problemsIn(text)).toEqual([
      expect.stringMatching(/^w\.yaml:1:1 summary: missing/),
      expect.stringMatching(/^w\.yaml:2:17 inputs\.what\.type: expected .*did you mean "text"/),
      "w.yaml:3:48 inputs.n.default: is not one of the choices; they are a, b",
      expect.stringMatching(/^w\.yaml:5:20 tasks\.plan\.prompt: there is no input wat; did you mean "what"/),
      expect.stringMatching(/^w\.yaml:5:61 tasks\.plan\.needs\[0\]: there is no such task .*did you mean "build"/),
      expect.stringMatching(/^w\.yaml:5:69 tasks\.plan\.prioritty: unknown key; did you mean "priority"/),
      expect.stringMatching(/^w\.yaml:6:21 tasks\.build\.prompt: \{\{item\}\}/),
      "w.yaml:6:40 tasks.build.needs[0]: a task cannot need itself; leave it out",
      "w.yaml:6:58 tasks.build.priority: expected a number, found a string",
      "w.yaml:7:9 tasks.loop.prompt: missing; expected a string",
      "w.yaml:7:18 tasks.loop.needs: needs close a circle: loop → back → loop; one of them has to go without",
      "w.yaml:8:54 tasks.back.cwd: must be an absolute path",
      "w.yaml:9:9 tasks.more: expected an object, found a number",
    ]);
  });

  test.each([
    "[]",
    "7",
    "tasks: 7\ninputs: [a]",
    "tasks: { a: [], b: null }",
    "tasks:\n  a: {prompt: [",
  ])("%s is no workflow, and nothing breaks", (text) => {
    expect(problemsIn(text).length).toBeGreaterThan(0);
  });

  test("in JSON as in YAML", () => {
    expect(problemsIn('{\n  "summary": "x",\n  "tasks": { "a": { "prompt": "{{inputs.x}}" }, }\n', "w.json")).toEqual([
      expect.stringMatching(/^w\.json:4:1 a closing } is missing/),
    ]);
    expect(problemsIn('{\n  "summary": "x",\n  "tasks": { "a": { "prompt": "{{inputs.x}}" } }\n}', "w.json")).toEqual([
      "w.json:3:32 tasks.a.prompt: there is no input x",
    ]);
  });

  test("with lines as Windows ends them", () => {
    expect(problemsIn("summary: x\r\ntasks:\r\n  a:\r\n    promt: x\r\n")).toEqual([
      'w.yaml:4:5 tasks.a.promt: unknown key; did you mean "prompt"?',
    ]);
  });

  test("up to a hundred, however many there are", () => {
    const many = Array.from({ length: 900 }, (_, n) => `  t${n}: { prompt: "{{a}}{{b}}{{c}}" }`).join("\n");
    const began = performance.now();
    expect(problemsIn(tasks(many))).toHaveLength(101);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("more than a thousand tasks, and more than a hundred inputs, are too many", () => {
    const many = (n: number, text: string) => Array.from({ length: n }, (_, at) => `  t${at}: ${text}`).join("\n");
    expect(problemsIn(tasks(many(1001, "{ prompt: x }")))).toEqual(["w.yaml:4:3 tasks: may have 1000 tasks at most"]);
    expect(problemsIn(tasks(many(1000, "{ prompt: x }")))).toEqual([]);
    expect(problemsIn(`summary: x\ninputs:\n${many(101, "{ type: text }")}\ntasks: { a: { prompt: x } }`)).toEqual([
      "w.yaml:3:3 inputs: may have 100 inputs at most",
    ]);
  });
});
