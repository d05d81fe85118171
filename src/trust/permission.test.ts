import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Decision, decide, type Permissions, type Wanted } from "./permission.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "steward-permission-")));
const workspace = join(root, "work");
mkdirSync(join(workspace, "src"), { recursive: true });
mkdirSync(join(workspace, ".git"));
mkdirSync(join(root, "elsewhere", "deep"), { recursive: true });
writeFileSync(join(root, "outside.txt"), "");
symlinkSync(root, join(workspace, "out"));
symlinkSync(join(root, "not-there-yet"), join(workspace, "dangling"));
symlinkSync(join(workspace, "src"), join(workspace, "in"));
// Read as letters, `deep/../a.txt` is a file of the workspace; the system takes it for one beside where the link leads.
symlinkSync(join(root, "elsewhere", "deep"), join(workspace, "deep"));
symlinkSync(join(workspace, ".git"), join(workspace, "settings"));
afterAll(() => rmSync(root, { recursive: true }));

const wanted = (rest: Partial<Wanted>): Wanted => ({ kind: "execute", paths: [], insists: false, ...rest });

describe("what an agent may do unasked", () => {
  test.each<[Permissions, Partial<Wanted>, Decision]>([
    ["ask", { kind: "read" }, "pass"],
    ["ask", { kind: "read", insists: true }, "ask"],
    ["ask", { kind: "edit", paths: ["a"] }, "ask"],
    ["ask", { kind: "execute" }, "ask"],
    ["ask", { kind: "other" }, "ask"],
    ["ask", { kind: "steward" }, "allow"],
    ["deny", { kind: "read" }, "pass"],
    ["deny", { kind: "read", insists: true }, "deny"],
    ["deny", { kind: "edit", paths: ["a"] }, "deny"],
    ["deny", { kind: "execute" }, "deny"],
    ["deny", { kind: "steward" }, "allow"],
    ["workspace-edits", { kind: "read" }, "pass"],
    ["workspace-edits", { kind: "execute" }, "ask"],
    ["workspace-edits", { kind: "edit", paths: [] }, "ask"],
    ["yolo", { kind: "execute" }, "allow"],
    ["yolo", { kind: "read", insists: true }, "allow"],
  ])("%s: %j is %s", (permissions, rest, decision) => {
    expect(decide(permissions, wanted(rest), workspace)).toBe(decision);
  });
});

describe("an edit of the workspace is one of a file that really lies in it", () => {
  test.each<[string, Decision]>([
    ["a.txt", "allow"],
    ["src/new/deep/a.txt", "allow"],
    ["in/a.txt", "allow"],
    [join(workspace, "a.txt"), "allow"],
    [".", "ask"],
    ["..", "ask"],
    ["../outside.txt", "ask"],
    ["src/../../outside.txt", "ask"],
    ["/etc/passwd", "ask"],
    ["out/outside.txt", "ask"],
    ["out/new.txt", "ask"],
    ["dangling", "ask"],
    [`${workspace}-beside/a.txt`, "ask"],
    [".git/config", "ask"],
    ["src/.git/hooks/pre-commit", "ask"],
    [".claude/settings.json", "ask"],
    [".mcp.json", "ask"],
    ["steward.json", "ask"],
    ["home/workspaces/a.txt", "ask"],
    ["home", "ask"],
    ["homely/a.txt", "allow"],
    ["a/".repeat(200), "ask"],
    ["a\0b", "ask"],
    ["~/a.txt", "ask"],
    ["~root/a.txt", "ask"],
    ["src/../a.txt", "ask"],
    ["deep/../a.txt", "ask"],
    [`${workspace}/deep/../../a.txt`, "ask"],
    ["a..txt", "allow"],
    ["src/...", "allow"],
    [".GIT/config", "ask"],
    [".Claude/settings.json", "ask"],
    ["OpenCode.json", "ask"],
    [".github/workflows/test.yml", "ask"],
    [".husky/pre-commit", "ask"],
    [".agents/skills/a.md", "ask"],
    ["opencode.jsonc", "ask"],
    [".qwen/settings.json", "ask"],
    [".copilot/config.json", "ask"],
    [".cursor/mcp.json", "ask"],
    [".vscode/tasks.json", "ask"],
    [".idea/workspace.xml", "ask"],
    [".devcontainer/devcontainer.json", "ask"],
    ["packages/a/.envrc", "ask"],
    [".npmrc", "ask"],
    [".yarnrc.yml", "ask"],
    [".pre-commit-config.yaml", "ask"],
    [".gitlab-ci.yml", "ask"],
    ["settings/settings", "ask"],
    [".gitignore", "allow"],
    ["package.json", "allow"],
  ])("%j: %s", (path, decision) => {
    const home = join(workspace, "home");
    expect(decide("workspace-edits", wanted({ kind: "edit", paths: [path] }), workspace, home)).toBe(decision);
  });

  test("of several, all must", () => {
    const paths = ["a.txt", "../outside.txt"];
    expect(decide("workspace-edits", wanted({ kind: "edit", paths }), workspace)).toBe("ask");
  });

  test("of more than anybody would look at, a person is asked", () => {
    const paths = Array.from({ length: 100_000 }, (_, n) => `${n}.txt`);
    expect(decide("workspace-edits", wanted({ kind: "edit", paths }), workspace)).toBe("ask");
  });

  test("a workspace that Steward made in its home is the agent's", () => {
    expect(decide("workspace-edits", wanted({ kind: "edit", paths: ["a.txt"] }), workspace, root)).toBe("allow");
  });

  test("nothing lies in a workspace that is gone", () => {
    expect(decide("workspace-edits", wanted({ kind: "edit", paths: ["a.txt"] }), join(root, "gone"))).toBe("ask");
  });
});
