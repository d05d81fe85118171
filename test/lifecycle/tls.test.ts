/** A certificate or key that cannot be used is told as what it is: a fault of the configuration, at its place. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steward } from "./command-line.ts";
import { aHome, shellAgent } from "./daemon.ts";

const hasOpenSsl = (() => {
  try {
    return execFileSync("openssl", ["version"]).length > 0;
  } catch {
    return false;
  }
})();

const withTls = (tls: object) => ({ ...shellAgent(), http: { port: 0, tls } });

const good = { cert: "cert.pem", key: "key.pem" };

/** A home with a good pair of files, and some that are none. */
function aHomeWithFiles() {
  const home = aHome();
  const [cert, key] = [join(home.path, "cert.pem"), join(home.path, "key.pem")];
  const pair = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"];
  for (const keyout of [join(home.path, "other.pem"), key])
    execFileSync("openssl", ["req", "-x509", "-nodes", ...pair, "-keyout", keyout, "-out", cert], {
      stdio: "ignore",
    });
  writeFileSync(join(home.path, "broken.pem"), "-----BEGIN CERTIFICATE-----\nno\n");
  mkdirSync(join(home.path, "directory.pem"));
  return home;
}

test.skipIf(!hasOpenSsl).each([
  [
    "a certificate that is missing",
    { ...good, cert: "missing.pem" },
    "cert",
    "cannot be read (ENOENT); a relative path begins in the home",
  ],
  ["a key that is missing", { ...good, key: "missing.pem" }, "key", "cannot be read (ENOENT)"],
  ["a directory", { ...good, cert: "directory.pem" }, "cert", "is a directory"],
  ["a certificate that is none", { ...good, cert: "broken.pem" }, "cert", "holds no certificate that can be used"],
  ["a key that is none", { ...good, key: "broken.pem" }, "key", "holds no private key that can be used"],
  ["a key of another certificate", { ...good, key: "other.pem" }, "", "do not belong together"],
])("%s: exit 78 with the place and what to do, at start, check and restart", async (_, tls, field, complaint) => {
  await using home = aHomeWithFiles();
  home.settings(withTls(tls));
  const at = new RegExp(`steward\\.json:\\d+:\\d+ http\\.tls${field && `\\.${field}`}: `);
  for (const verb of [["start"], ["config", "check"]]) {
    const said = await steward(home, ...verb);
    expect(said).toMatchObject({ code: 78, err: expect.stringMatching(at) });
    expect(said.err).toContain(complaint);
  }
  home.settings(withTls(good));
  const daemon = await home.start();
  home.settings(withTls(tls));
  expect(await steward(home, "restart")).toMatchObject({ code: 78, err: expect.stringMatching(at) });
  await expect(daemon.call("daemon.restart")).rejects.toMatchObject({ code: "conflict", message: at });
  expect(await daemon.call("daemon.status")).toMatchObject({ pid: daemon.pid });
});
