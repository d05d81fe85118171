/** The rooms behind the doors, furnished: the store, who can do what, and the engine. */
import { hostname } from "node:os";
import { type CatalogSource, openCatalog } from "../agent/catalog.ts";
import { systemClock } from "../core/clock.ts";
import { systemIds } from "../core/ids.ts";
import { type Maintenance, startMaintenance } from "../daemon/maintenance/maintenance.ts";
import { careForStore } from "../daemon/maintenance/store-care.ts";
import type { SelfWatch } from "../daemon/self-watch.ts";
import { packageVersion } from "../daemon/version.ts";
import type { WebhookDoor } from "../event/outbox/webhooks.ts";
import { watchClock } from "../fleet/clock-watch.ts";
import { registerHost } from "../fleet/host.store.ts";
import { hostKey, usualMaxRuns } from "../fleet/host.ts";
import type { WorkspaceStep } from "../project/workspace.ts";
import { shiftWaits } from "../run/claim.store.ts";
import { Engine } from "../run/engine.ts";
import type { LaunchStep } from "../run/launch-run.ts";
import { type Custody, probeCustody } from "../run/process/custody.ts";
import { createWrappers } from "../run/process/wrapper.ts";
import { finishRemovals } from "../run/workspace/removal.ts";
import { openWorkspaceRoom, type WorkspaceRoom } from "../run/workspace/workspace-room.ts";
import type { Settings } from "../settings.ts";
import type { Store } from "../store/store.ts";
import { watchWrites } from "../store/write-trouble.ts";
import { createAgentDoors, type LedAgentDoors } from "./agent-doors.ts";
import { applySettings } from "./apply-settings.ts";
import { followLooseEnds, type LooseEnds } from "./follow-loose-ends.ts";
import type { Ground } from "./ground.ts";
import { openWebhooks } from "./outgoing.ts";
import { followRoleFiles, type RoleFilesSource } from "./role-files.ts";
import { openStoreOfHome } from "./store-of-home.ts";

export interface FurnishOptions {
  readonly standby?: boolean;
  /** With which files of agents are made, in octal. */
  readonly umask: string;
  /** Called after each step of a launch: tests end the daemon right there. */
  readonly onStep?: (step: LaunchStep | WorkspaceStep) => void;
}

export interface Rooms {
  readonly self: SelfWatch;
  /** Where the store lies, when it is a file of the home. */
  readonly storeFile: string | undefined;
  readonly store: Store;
  readonly hostId: number;
  readonly hostName: string;
  readonly catalog: CatalogSource;
  readonly roleFiles: RoleFilesSource;
  readonly looseEnds: LooseEnds;
  readonly custody: Custody;
  readonly engine: Engine;
  readonly workspaces: WorkspaceRoom;
  readonly agentDoors: LedAgentDoors;
  /** Whoever started it wanted it in standby; what a crash loop puts in standby nobody wanted so. */
  readonly standbyWanted: boolean;
  readonly webhooks: WebhookDoor;
  readonly limits: () => Settings["limits"];
  readonly maxRuns: () => number;
  /** Resolves when the settings that were read last are in the store. */
  readonly applied: () => Promise<void>;
  readonly maintenance: Maintenance;
  /** What the settings say of the store and does not hold yet, each as a sentence. */
  readonly storeSettingProblems: () => readonly string[];
  /** What is wrong with the store itself, each as a sentence. */
  readonly storeProblems: () => readonly string[];
}

/** From the store to the engine, which takes over what an earlier daemon left. */
export async function furnish(options: FurnishOptions, ground: Ground, self: SelfWatch): Promise<Rooms> {
  const { paths, lifetime, log, settings, secretBook } = ground;
  const limits = () => settings.current().limits;
  const maxRuns = () => settings.current().host.maxRuns ?? usualMaxRuns();
  const hostName = settings.current().host.name ?? hostname();
  const probing = probeCustody(settings.current().host.custody);
  // Looked at below: until then a failure is nobody's yet.
  probing.catch(() => {});

  const care = careForStore({ paths, version: packageVersion(), limits, clock: systemClock, log });
  const { store: opened, storeFile, settingProblems } = await openStoreOfHome(ground, care);
  const writes = watchWrites(opened, systemClock);
  const store = self.guard(writes.store, storeFile);
  const host = { key: hostKey(paths.home), name: hostName, version: packageVersion() };
  const hostId = await store.write((tx) => registerHost(tx, host));
  await self.recordLastEnd(store);
  await applySettings(store, settings.current(), secretBook);
  const roleFiles = await followRoleFiles({ store, directory: paths.roles, clock: systemClock, log });
  lifetime.add("role files", () => roleFiles.stop());
  const wake = { engine: () => {}, looseEnds: () => {} };
  const catalog = await openCatalog(store, () => {
    wake.engine();
    wake.looseEnds();
  });
  lifetime.add("catalog", () => catalog.stop());
  const looseEnds = followLooseEnds({
    ...{ store, log, catalog: () => catalog.current(), settings: () => settings.current(), roleFiles: paths.roles },
  });
  wake.looseEnds = () => void looseEnds.look();
  await looseEnds.look();

  const custody = await probing;
  const standbyWanted = options.standby === true;
  const workspaces = await openWorkspaceRoom({
    ...{ store, clock: systemClock, log, limits, hostId, directory: paths.workspaces },
    projects: () => settings.current().projects,
    onStep: options.onStep ?? (() => {}),
  });
  // Nobody waits for it, and what fails is told in the log.
  const finishing = finishRemovals(workspaces);
  lifetime.add("workspaces", () => Promise.all([finishing, workspaces.stop()]));
  const agentDoors = createAgentDoors({ log, unread: ground.unread, lineBytes: () => limits().rpcLineBytes });
  lifetime.add("agents' doors", () => agentDoors.giveUp());
  const engine = new Engine({
    store,
    doors: agentDoors,
    clock: systemClock,
    ids: systemIds,
    log,
    catalog,
    limits,
    custody,
    secretBook,
    secrets: () => secretBook.values(),
    hostId,
    maxRuns,
    wrappers: createWrappers({ custody, exitsDirectory: paths.exits, clock: systemClock, log, umask: options.umask }),
    exitsDirectory: paths.exits,
    runsDirectory: paths.runs,
    workspaces,
    sessionsDirectory: paths.sessions,
    standby: standbyWanted || self.isCrashLoop,
    afterCrashes: self.isCrashLoop,
    onStep: options.onStep ?? (() => {}),
  });
  wake.engine = () => engine.wake();
  await engine.start();
  lifetime.add("engine", () => engine.stop());
  const onLeap = () => engine.wake();
  lifetime.add("clock", watchClock({ store, clock: systemClock, log, onJump: shiftWaits, onLeap }));
  const webhooks = await openWebhooks(store, ground);
  const applied = applyChanges(store, ground, async (next) => {
    engine.wake();
    await webhooks.apply(next.webhooks);
  });
  const maintenance = startMaintenance({ store, clock: systemClock, log, limits, paths, workspaces });
  lifetime.add("maintenance", () => maintenance.stop());
  const storeProblems = () =>
    [...care.problems(), writes.problem() ?? [], workspaces.problem ?? [], ...maintenance.problems()].flat();
  const kept = { store, storeFile, storeProblems, storeSettingProblems: settingProblems };
  const doing = {
    catalog,
    roleFiles,
    looseEnds,
    custody,
    engine,
    workspaces,
    agentDoors,
    standbyWanted,
    webhooks,
    maintenance,
  };
  return { self, ...kept, hostId, hostName, ...doing, limits, maxRuns, applied };
}

/** One change of the settings after the other. Gives how to wait for the last. */
function applyChanges(store: Store, ground: Ground, then: (next: Settings) => Promise<void>): () => Promise<void> {
  let applying: Promise<void> = Promise.resolve();
  ground.onSettings.tell = (next) => {
    applying = applying
      .then(() => applySettings(store, next, ground.secretBook))
      .then(() => then(next))
      .catch((error: unknown) => ground.log.error("the settings were read but could not be stored", { error }));
  };
  return () => applying;
}
