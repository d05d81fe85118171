/** The engine: claims what may run, launches it, and wakes when anything changes. */
import type { Timer } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import { refuse } from "../core/refusal.ts";
import { anticipate, type NewEvent, subscribe } from "../event/event.store.ts";
import type { Tx } from "../store/store.ts";
import { adoptRuns } from "./adopt.ts";
import { type Claim, type ClaimRules, claimNext, hasGateToRun, nextDue, queueDue } from "./claim.store.ts";
import type { Activity } from "./dialogue/dialogue-run.ts";
import { createLaunchPause, type LaunchPause } from "./launch-pause.ts";
import { type Launching, launchRun, type ToLaunch } from "./launch-run.ts";
import type { LiveRun } from "./live-run.ts";
import { createLiveRuns, type LiveRuns } from "./live-runs.ts";
import type { StopReason } from "./outcome.ts";
import { isAnyOn } from "./role/role-switch.store.ts";
import { type Unconfirmed, unconfirmedClaims } from "./unconfirmed.ts";
import { mayMatter } from "./wakes.ts";

export interface EngineOptions extends Omit<Launching, "isStopping" | "stopping"> {
  readonly hostId: number;
  readonly maxRuns: () => number;
  /** In standby only roles that somebody switched on are claimed by themselves; `startOne` starts runs of others. */
  readonly standby: boolean;
  /** In this standby not even those: what was claimed may be what ended the daemons before. */
  readonly afterCrashes: boolean;
}

/** Written with a claim, in its transaction. */
type Alongside = (tx: Tx, claim: Claim) => Promise<void>;

interface StartOne {
  readonly claimedBy?: string;
  /** Only a task of this project. Default: of any. */
  readonly projectId?: number | undefined;
  readonly alongside?: Alongside;
}

/** The wall clock is read at least this often while something waits for a time, in ms: it may jump, timers don't notice. */
const LONGEST_NAP_MS = 30_000;

export class Engine {
  readonly #options: EngineOptions & Launching;
  readonly #live: LiveRuns;
  readonly #launching = new Set<Promise<void>>();
  /** Runs that take a place of this host: from the claim until the end is recorded. */
  readonly #places = new Set<number>();
  readonly #unconfirmed: Unconfirmed;
  readonly #pause: LaunchPause;
  readonly #stops: (() => void)[] = [];
  #standby: boolean;
  #stopped = false;
  readonly #stopping = new AbortController();
  #looping: Promise<void> | undefined;
  #wakened = false;
  #nap: Timer | undefined;

  constructor(options: EngineOptions) {
    this.#options = { ...options, isStopping: () => this.#stopped, stopping: this.#stopping.signal };
    this.#standby = options.standby;
    this.#live = createLiveRuns(options);
    this.#unconfirmed = unconfirmedClaims(this.#options, options.hostId);
    this.#pause = createLaunchPause({ ...options, freeDiskBytes: () => options.limits().freeDiskBytes });
  }

  /** Takes over what an earlier daemon left, then begins to claim. */
  async start(): Promise<void> {
    const { store, log, hostId } = this.#options;
    this.#stops.push(subscribe(store, (event) => this.#hear(event)));
    // A task that may run at once is claimed in the very commit that makes it so.
    this.#stops.push(
      anticipate(store, (event) => {
        if (mayMatter(event, this.#options.catalog.current())) this.wake();
      }),
    );
    this.#live.watch();
    const adopted = await adoptRuns(this.#options, hostId, (live) => this.#take(live));
    if (adopted.live + adopted.ended > 0) log.info("runs of an earlier daemon taken over", { ...adopted });
    this.wake();
  }

  /** Claims no more and looks away; agents run on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopping.abort();
    this.#nap?.cancel();
    this.#live.stop();
    for (const stop of this.#stops.splice(0)) stop();
    await this.#looping;
    await Promise.allSettled(this.#launching);
    this.#live.detach();
    await this.#options.wrappers.stop();
  }

  get standby(): boolean {
    return this.#standby;
  }

  /** Which stages begin by themselves. */
  get claims(): NonNullable<ClaimRules["stages"]> {
    if (!this.#standby) return "of each role";
    return this.#options.afterCrashes ? "none" : "of roles that are on";
  }

  /** False when it was active already. */
  activate(): boolean {
    if (!this.#standby) return false;
    this.#standby = false;
    this.wake();
    return true;
  }

  /** What a live run of this host does; undefined for one that is elsewhere, over, or not talked with. */
  activityOf(runId: number): Activity | undefined {
    return this.#live.get(runId)?.activity();
  }

  liveRuns(): number {
    return this.#live.count();
  }

  /** Why nothing is launched now though something could run; undefined when nothing is wrong. */
  problem(): string | undefined {
    return this.#pause.why();
  }

  /** Something may have become claimable. Cheap to call often. */
  wake(): void {
    this.#wakened = true;
    if (this.#looping || this.#stopped) return;
    this.#looping = this.#loop().finally(() => {
      this.#looping = undefined;
      if (this.#wakened) this.wake();
    });
  }

  /** Claims and launches the best task of a role now, standby or not. Undefined when there is none to claim. Refuses when nothing could be launched. */
  async startOne(role: string, { claimedBy, projectId, alongside }: StartOne = {}): Promise<Claim | undefined> {
    const why = this.#stopped ? "The daemon is stopping." : this.problem();
    if (why !== undefined) refuse("unavailable", why, { hint: "`steward status` tells when it is over." });
    const claim = await this.#claim({ role, projectId, ...(claimedBy !== undefined && { claimedBy }) }, alongside);
    if (claim) this.#launch(claim);
    return claim;
  }

  async #loop(): Promise<void> {
    const { log } = this.#options;
    while (this.#wakened && !this.#stopped) {
      this.#wakened = false;
      try {
        await this.#claimAll();
      } catch (error) {
        this.#suffer(error, "claiming");
        log.error("claiming failed", { error });
      }
    }
  }

  async #claimAll(): Promise<void> {
    await this.#unconfirmed.putBack();
    while (!this.#stopped) {
      if (this.#isFull() || this.problem() !== undefined || !(await this.#hasWork())) {
        await this.#queueDue();
        break;
      }
      const claim = await this.#claim({ stages: this.claims });
      if (!claim) break;
      this.#launch(claim);
    }
    await this.#napUntilDue();
  }

  /** In standby a stage that has begun is ended by its gates, whoever asked for it. */
  async #hasWork(): Promise<boolean> {
    const { read } = this.#options.store;
    if (!this.#standby || (await hasGateToRun(read))) return true;
    return this.claims !== "none" && (await isAnyOn(read));
  }

  /** Without a claim, which does the same on its way. */
  async #queueDue(): Promise<void> {
    const { store, clock } = this.#options;
    const at = await nextDue(store.read);
    if (at !== null && at <= clock.now()) await store.write(queueDue);
  }

  async #claim(
    only: Pick<ClaimRules, "role" | "projectId" | "stages" | "claimedBy">,
    alongside?: Alongside,
  ): Promise<ToLaunch | undefined> {
    const { store, hostId, maxRuns, catalog, limits, ids, wrappers, custody, clock } = this.#options;
    const wrapper = wrappers.takeReady();
    const token = ids.token();
    const waiting = wrapper && { identity: wrapper.identity, custody: custody.level, uptime: clock.sinceBoot() };
    try {
      const claim = await store.write(async (tx) => {
        if (await queueDue(tx)) this.#wakened = true;
        const claimed = await claimNext(tx, {
          hostId,
          maxRuns: maxRuns(),
          defaultWip: limits().wipRuns,
          catalog: catalog.current(),
          token,
          waiting,
          ...only,
        });
        if (claimed) await alongside?.(tx, claimed);
        return claimed;
      });
      if (claim) this.#places.add(claim.run.id);
      else wrapper?.putBack();
      return claim && { ...claim, wrapper };
    } catch (error) {
      wrapper?.abandon();
      this.#unconfirmed.add(token);
      this.wake();
      throw error;
    }
  }

  #launch(claim: ToLaunch): void {
    // Whoever submitted it is answered first: the claim was part of the same commit.
    const launch = new Promise((resolve) => setImmediate(resolve))
      .then(() => launchRun(this.#options, claim, (live) => this.#take(live)))
      .then(() => this.#pause.clear())
      .catch((error: unknown) => {
        this.#suffer(error, "launching");
        this.#options.log.error("launching failed", { run: publicId("run", claim.run.id), error });
      })
      .finally(() => this.#launching.delete(launch));
    this.#launching.add(launch);
  }

  /** Known without asking the store, so that a full host costs a submit nothing. The claim itself counts again. */
  #isFull(): boolean {
    return this.#places.size >= this.#options.maxRuns();
  }

  #take(live: LiveRun): void {
    this.#places.add(live.run.id);
    this.#live.take(live);
  }

  #hear({ topic, runId, data }: NewEvent): void {
    if (topic === "run.ended" && runId) {
      this.#live.drop(runId);
      this.#places.delete(runId);
      this.wake();
    }
    if (topic.startsWith("approval.") && runId) this.#live.get(runId)?.hearAnswer();
    if (topic === "run.stop_requested" && runId) void this.#live.get(runId)?.stop(data?.reason as StopReason);
  }

  async #napUntilDue(): Promise<void> {
    const { clock, store, limits } = this.#options;
    this.#nap?.cancel();
    if (this.#stopped) return;
    const at = await nextDue(store.read);
    const waits = [
      ...(at === null ? [] : [Math.max(at - clock.now(), limits().scheduleGrainMs / 2)]),
      this.#pause.lookAgainMs() ?? [],
    ].flat();
    if (waits.length > 0) this.#nap = clock.after(Math.min(...waits, LONGEST_NAP_MS), () => this.wake());
  }

  #suffer(error: unknown, what: string): void {
    const pauseMs = this.#pause.suffer(error, what);
    this.#nap?.cancel();
    this.#nap = this.#options.clock.after(pauseMs, () => this.wake());
  }
}
