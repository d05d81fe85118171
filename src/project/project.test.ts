import { describe, expect, test } from "vitest";
import { Project, projectOf, setupCommand } from "./project.ts";

const projects = {
  all: { directory: "/srv" },
  shop: { directory: "/srv/shop" },
  linked: { directory: "/home/ada/shop" },
  root: { directory: "/" },
};
const real = (path: string) => (path === "/home/ada/shop" ? "/data/shop" : path);

describe("the project of a directory", () => {
  test.each([
    ["/srv/shop", "shop"],
    ["/srv/shop/web", "shop"],
    ["/srv/shopping", "all"],
    ["/srv", "all"],
    ["/data/shop/web", "linked"],
    ["/elsewhere", "root"],
  ] as const)("%s: the innermost that is around it, without links", (directory, name) => {
    expect(projectOf(directory, projects, real)).toBe(projects[name]);
  });

  test("is none where none is around it", () => {
    expect(projectOf("/elsewhere", { shop: projects.shop }, real)).toBeUndefined();
  });
});

test("a setup is a command for sh, or a program with arguments as they are", () => {
  expect(setupCommand("npm ci && true")).toEqual(["/bin/sh", "-c", "npm ci && true"]);
  expect(setupCommand(["npm", "ci"])).toEqual(["npm", "ci"]);
});

test.each([
  {},
  { directory: "relative" },
  { directory: "/x", setup: [] },
  { directory: "/x", setup: "a\0b" },
  { directory: "/x", more: 1 },
])("%j is no project", (settings) => expect(Project.safeParse(settings).success).toBe(false));
