/** What is left of a cluster when machines of its control plane go. Expected times: leader election and node monitor, from their constants. */
import { beforeEach, describe, expect, it } from "vitest";
import { seededRandom } from "../../lib/seeded-random.ts";
import { EventLoop } from "../clock/event-loop.ts";
import { ControlPlane, type ControlPlaneOptions } from "./control-plane.ts";
import { controlPlaneTimings } from "./timings.ts";

const SERVERS = ["cp1", "cp2", "cp3"];
let loop: EventLoop;
let dead: Set<string>;
/** Times at which the control loops were started and stopped, seconds. */
let loops: string[];
let log: string[];
/** Whose way to the API may have changed, each time; `all`: everybody's. */
let changed: string[];

const at = (): string => `${Math.round(loop.now() / 1000)}`;

function controlPlane(over: Partial<ControlPlaneOptions> = {}): ControlPlane {
  return new ControlPlane(
    { servers: SERVERS, datastore: "etcd", timings: controlPlaneTimings("kubeadm"), doors: [], isLocalFirst: true, isOneProcess: false, ...over },
    {
      clock: loop,
      random: seededRandom("1"),
      log: (line) => log.push(`${at()} ${line}`),
      isAlive: (machine) => !dead.has(machine),
      startLoops: () => {
        loops.push(`start ${at()}`);
        return () => loops.push(`stop ${at()}`);
      },
      onChange: (machine) => void changed.push(machine ?? "all"),
    },
  );
}

function lose(plane: ControlPlane, ...machines: string[]): void {
  for (const machine of machines) {
    dead.add(machine);
    plane.machineChanged(machine);
  }
}

function giveBack(plane: ControlPlane, ...machines: string[]): void {
  for (const machine of machines) {
    dead.delete(machine);
    plane.machineChanged(machine);
  }
}

const run = (seconds: number): void => void loop.runUntil(loop.now() + seconds * 1000);

beforeEach(() => {
  loop = new EventLoop(0);
  dead = new Set();
  loops = [];
  log = [];
  changed = [];
});

it("says that a worker has turned of that worker alone, and of everybody where more turns", () => {
  const plane = controlPlane();
  changed.length = 0;
  lose(plane, "worker1");
  giveBack(plane, "worker1");
  expect(changed).toEqual(["worker1", "worker1"]);
  lose(plane, "cp2");
  expect(new Set(changed.slice(2))).toEqual(new Set(["all"]));
  // While a server hangs, how long a machine has waited for it counts as well.
  plane.setStalled("cp3", true);
  changed.length = 0;
  lose(plane, "worker1");
  expect(changed).toEqual(["all"]);
});

describe("three servers with etcd", () => {
  it("take one back on an empty disk once most of the others run, and not before", () => {
    const plane = controlPlane();
    run(100);
    lose(plane, "cp1", "cp2");
    plane.loseData("cp1");
    giveBack(plane, "cp1");
    run(600);
    // cp3 alone cannot agree to a new member: with it there would be two of three, and there are not.
    expect([plane.outage, plane.isStateLost]).toEqual(["no quorum", false]);
    giveBack(plane, "cp2");
    run(120);
    expect(plane.outage).toBe(undefined);
    lose(plane, "cp2");
    run(120);
    // It has its share again: with cp3 it is the most.
    expect(plane.outage).toBe(undefined);
  });

  it("are another cluster once two of their disks are gone, one after the other or not", () => {
    const plane = controlPlane();
    lose(plane, "cp1", "cp2");
    plane.loseData("cp1");
    plane.loseData("cp2");
    giveBack(plane, "cp1", "cp2");
    run(3600);
    expect([plane.outage, plane.isStateLost, plane.refusal()?.code, plane.loopLeader]).toEqual(["state lost", true, 503, undefined]);
  });

  it("survive the loss of each disk, where it is back in between", () => {
    const plane = controlPlane();
    for (const server of SERVERS) {
      lose(plane, server);
      plane.loseData(server);
      run(60);
      giveBack(plane, server);
      run(120);
      expect([server, plane.outage, plane.isStateLost]).toEqual([server, undefined, false]);
    }
  });

  it("answer on without one that leads nothing, and nobody notices", () => {
    const plane = controlPlane();
    lose(plane, "cp3");
    run(60);
    expect([plane.outage, plane.loopLeader, loops]).toEqual([undefined, "cp1", ["start 0"]]);
  });

  it("refuse for an election when etcd's leader goes; the loops come back once its lease has run out, with an empty memory", () => {
    const plane = controlPlane();
    run(100);
    lose(plane, "cp1");
    expect([plane.outage, plane.refusal()?.message]).toEqual(["election", "etcdserver: leader changed"]);
    run(2);
    expect(plane.outage).toBeUndefined();
    run(12);
    expect(plane.loopLeader).toBeUndefined();
    run(4);
    expect([plane.loopLeader, loops.slice(0, 2)]).toEqual(["cp2", ["start 0", "stop 100"]]);
    expect(Number(loops[2]!.split(" ")[1])).toBeGreaterThanOrEqual(115);
    expect(Number(loops[2]!.split(" ")[1])).toBeLessThanOrEqual(117);
  });

  it("refuse everything without a quorum; the leader of the loops exits at its deadline", () => {
    const plane = controlPlane();
    lose(plane, "cp2", "cp3");
    expect([plane.outage, plane.refusal()?.code, plane.refusal()?.message]).toEqual(["no quorum", 500, "etcdserver: request timed out"]);
    run(9);
    expect(plane.loopLeader).toBe("cp1");
    run(2);
    expect(plane.loopLeader).toBeUndefined();
    giveBack(plane, "cp2");
    run(8 + 2);
    expect(plane.outage).toBeUndefined();
  });

  it("forgive an outage that is shorter than the deadline: no memory is lost", () => {
    const plane = controlPlane({ timings: { ...controlPlaneTimings("kubeadm"), startMs: 1_000 } });
    lose(plane, "cp2", "cp3");
    run(5);
    giveBack(plane, "cp2");
    run(30);
    expect([plane.outage, plane.loopLeader, loops]).toEqual([undefined, "cp1", ["start 0"]]);
  });

  it("take the loops up late after a long outage: their containers wait longer and longer", () => {
    const plane = controlPlane();
    lose(plane, "cp2", "cp3");
    run(600);
    giveBack(plane, "cp2");
    run(8 + 2 + 1);
    expect([plane.outage, plane.loopLeader]).toEqual([undefined, undefined]);
    run(300 + 12);
    expect(plane.loopLeader).toBe("cp1");
  });

  it("are no quorum with six members of which three are lost, as with five of which three are", () => {
    for (const [count, isAnswering] of [[2, true], [3, false]] as const) {
      const servers = ["a", "b", "c", "d", "e", "f"];
      const plane = controlPlane({ servers });
      lose(plane, ...servers.slice(-count));
      expect(plane.outage === undefined).toBe(isAnswering);
      dead.clear();
    }
  });
});

describe("two servers", () => {
  it("with etcd are worse than one: either lost ends the quorum", () => {
    for (const lost of ["cp1", "cp2"]) {
      const plane = controlPlane({ servers: ["cp1", "cp2"] });
      lose(plane, lost);
      expect(plane.outage).toBe("no quorum");
      dead.clear();
    }
  });

  it("with a datastore elsewhere survive each other", () => {
    const plane = controlPlane({ servers: ["cp1", "cp2"], datastore: "external" });
    lose(plane, "cp1");
    expect(plane.outage).toBeUndefined();
    run(18);
    expect(plane.loopLeader).toBe("cp2");
  });
});

describe("one server", () => {
  it("is the API: off, nothing answers; back, it starts and all goes on", () => {
    const plane = controlPlane({ servers: ["pi1"], datastore: "sqlite", timings: controlPlaneTimings("k3s") });
    lose(plane, "pi1");
    expect([plane.outage, plane.refusal()?.code]).toEqual(["no server", 503]);
    run(60);
    giveBack(plane, "pi1");
    run(11);
    expect(plane.outage).toBe("no server");
    run(2 + 5 + 2);
    expect([plane.outage, plane.loopLeader]).toEqual([undefined, "pi1"]);
  });
});

describe("the way to the API", () => {
  it("is lost with the last load balancer, but for servers that ask themselves", () => {
    const plane = controlPlane({ doors: ["lb1", "lb2"] });
    lose(plane, "lb1");
    expect(plane.isReachableFrom("w1")).toBe(true);
    lose(plane, "lb2");
    expect([plane.outage, plane.isReachableFrom("w1"), plane.isReachableFrom("cp1")]).toEqual([undefined, false, true]);
  });

  it("through one server's own address ends with that server, though two others answer", () => {
    const plane = controlPlane({ doors: ["cp1"], isLocalFirst: false });
    lose(plane, "cp1");
    run(3);
    expect([plane.outage, plane.isReachableFrom("w1"), plane.isReachableFrom("cp2")]).toEqual([undefined, false, false]);
  });

  it("needs the machine itself to be alive", () => {
    const plane = controlPlane();
    lose(plane, "w1");
    expect(plane.isReachableFrom("w1")).toBe(false);
  });
});

describe("the API's address", () => {
  const vrrp = { doors: ["lb1", "lb2"], address: { candidates: [{ machine: "lb1", takeoverMs: 3_415 }, { machine: "lb2", takeoverMs: 3_454 }] } };
  const lease = { doors: SERVERS, address: { candidates: SERVERS.map((machine) => ({ machine, takeoverMs: 6_000 })), lease: { renewMs: 3_000, retryMs: 1_000 } } };

  it("moves when the other load balancer has missed its adverts, and stays there", () => {
    const plane = controlPlane(vrrp);
    lose(plane, "lb1");
    expect([plane.addressHolder, plane.isReachableFrom("w1"), plane.isReachableFrom("cp1")]).toEqual([undefined, false, true]);
    run(3.4);
    expect(plane.addressHolder).toBeUndefined();
    run(0.1);
    expect([plane.addressHolder, plane.isReachableFrom("w1")]).toEqual(["lb2", true]);
    giveBack(plane, "lb1");
    run(60);
    expect(plane.addressHolder).toBe("lb2");
  });

  it("is held by nobody while both are away, and by the first that is back", () => {
    const plane = controlPlane(vrrp);
    lose(plane, "lb1", "lb2");
    run(60);
    expect(plane.addressHolder).toBeUndefined();
    giveBack(plane, "lb2");
    run(3.5);
    expect(plane.addressHolder).toBe("lb2");
  });

  it("is not felt when the one that does not hold it is lost", () => {
    const plane = controlPlane(vrrp);
    plane.letHold("lb2");
    lose(plane, "lb1");
    expect([plane.addressHolder, plane.isReachableFrom("w1")]).toEqual(["lb2", true]);
  });

  it("of a lease moves when the lease has run out and somebody else tries", () => {
    const plane = controlPlane(lease);
    lose(plane, "cp1");
    run(5.9);
    expect([plane.outage, plane.addressHolder]).toEqual([undefined, undefined]);
    run(0.2);
    expect(plane.addressHolder).toBe("cp2");
  });

  it("of a lease is let go while the lease cannot be renewed, and taken again when it can", () => {
    const plane = controlPlane(lease);
    for (const server of SERVERS) plane.setStalled(server, true);
    run(2.9);
    expect(plane.addressHolder).toBe("cp1");
    run(20);
    expect(plane.addressHolder).toBeUndefined();
    for (const server of SERVERS) plane.setStalled(server, false);
    expect(plane.outage).toBe("election");
    run(2 + 1.1);
    expect(plane.addressHolder).toBe("cp1");
  });
});

describe("a server that takes no part though its machine runs", () => {
  it("is lost to the majority while its member is broken, and its own kubelet has no other API", () => {
    const plane = controlPlane();
    plane.setHindered("cp3", "member", true);
    expect([plane.outage, plane.isReachableFrom("cp3"), plane.isReachableFrom("w1")]).toEqual([undefined, false, true]);
    plane.setHindered("cp2", "address", true);
    expect(plane.outage).toBe("no quorum");
    plane.setHindered("cp3", "member", false);
    run(8 + 2);
    expect(plane.outage).toBeUndefined();
  });

  it("hangs: those that wait on its connections give up after 45 s, and another leads once the lease has run out", () => {
    const plane = controlPlane({ isLocalFirst: false });
    run(100);
    plane.setStalled("cp1", true);
    // Of etcd's leader too: the others elect.
    expect(plane.outage).toBe("election");
    const waiting = ["w1", "w2", "w3", "w4", "w5", "w6"].filter((machine) => !plane.isReachableFrom(machine));
    run(3);
    const stuck = waiting.filter((machine) => !plane.isReachableFrom(machine));
    expect([stuck.length > 0, stuck.length < waiting.length]).toEqual([true, true]);
    run(20);
    expect(plane.loopLeader).toBe("cp2");
    run(21);
    expect(stuck.filter((machine) => plane.isReachableFrom(machine))).toEqual([]);
    run(2);
    expect(stuck.filter((machine) => !plane.isReachableFrom(machine))).toEqual([]);
  });

  it("hangs alone: nothing answers; a silence that is shorter than the renew deadline costs no memory", () => {
    const plane = controlPlane({ servers: ["pi1"], datastore: "sqlite" });
    plane.setStalled("pi1", true);
    expect([plane.outage, plane.refusal()?.code]).toEqual(["stalled", 504]);
    run(5);
    plane.setStalled("pi1", false);
    run(30);
    expect([plane.outage, plane.loopLeader, loops]).toEqual([undefined, "pi1", ["start 0"]]);
  });
});

describe("a slow disk", () => {
  it("of the one that leads etcd: another is elected, and leads the loops once the lease has run out", () => {
    const plane = controlPlane();
    run(100);
    plane.setFsync("cp1", 5_000);
    expect(plane.outage).toBe("election");
    run(2);
    expect(plane.outage).toBeUndefined();
    // The renew deadline of ten seconds, then the rest of the lease.
    run(9);
    expect(plane.loopLeader).toBeUndefined();
    run(6);
    expect([plane.loopLeader, loops]).toEqual(["cp2", ["start 0", "stop 110", expect.stringMatching(/^start 11[5-7]$/)]]);
    plane.setFsync("cp1", 0);
    run(100);
    expect([plane.outage, plane.loopLeader]).toEqual([undefined, "cp2"]);
  });

  it("of another is not felt, nor one that keeps every lease", () => {
    const plane = controlPlane();
    plane.setFsync("cp3", 9_000);
    plane.setFsync("cp1", 900);
    run(100);
    expect([plane.outage, plane.loopLeader, loops]).toEqual([undefined, "cp1", ["start 0"]]);
  });

  it("of most members is as one of all: every write waits for one of them", () => {
    const plane = controlPlane();
    for (const server of ["cp2", "cp3"]) plane.setFsync(server, 5_000);
    run(11);
    expect([plane.outage, plane.loopLeader]).toEqual([undefined, undefined]);
  });

  it("of the one server of k3s: its lease is lost, all of it ends, starts again, and loses its lease again", () => {
    const plane = controlPlane({ servers: ["s1"], datastore: "sqlite", isOneProcess: true, timings: controlPlaneTimings("k3s") });
    run(100);
    plane.setFsync("s1", 5_000);
    run(9);
    expect([plane.outage, plane.loopLeader]).toEqual([undefined, "s1"]);
    run(2);
    expect([plane.outage, plane.loopLeader]).toEqual(["no server", undefined]);
    // RestartSec, and its start: 17 s.
    run(17);
    expect(plane.outage).toBeUndefined();
    run(600);
    expect(log.filter((line) => line.endsWith("cannot renew its lease and exits")).length).toBeGreaterThan(15);
    plane.setFsync("s1", 0);
    run(60);
    expect([plane.outage, plane.loopLeader]).toEqual([undefined, "s1"]);
  });

  it("of the one server of kubeadm: its API answers on, and nobody leads for long", () => {
    const plane = controlPlane({ servers: ["cp1"] });
    plane.setFsync("cp1", 5_000);
    run(600);
    expect(plane.outage).toBeUndefined();
    expect(log.filter((line) => line.endsWith("cannot renew its lease and exits")).length).toBeGreaterThan(10);
    expect(log.filter((line) => line.includes("is lost"))).toEqual([]);
  });

  it("lets the API's address go where its holder renews a lease through it, and not where load balancers hear each other", () => {
    const lease = controlPlane({ doors: SERVERS, address: { candidates: SERVERS.map((machine) => ({ machine, takeoverMs: 6_000 })), lease: { renewMs: 3_000, retryMs: 1_000 } } });
    const vrrp = controlPlane({ doors: ["lb1", "lb2"], address: { candidates: [{ machine: "lb1", takeoverMs: 3_415 }, { machine: "lb2", takeoverMs: 3_454 }] } });
    for (const plane of [lease, vrrp]) for (const server of SERVERS) plane.setFsync(server, 1_600);
    run(10);
    expect([lease.addressHolder, lease.outage, vrrp.addressHolder]).toEqual([undefined, undefined, "lb1"]);
    for (const server of SERVERS) lease.setFsync(server, 0);
    run(2);
    expect(lease.addressHolder).toBe("cp1");
  });
});

describe("a datastore without room", () => {
  it("answers reads; the leader of the loops cannot renew and ends", () => {
    const plane = controlPlane();
    plane.setSpace(false);
    expect([plane.refusal(), plane.refusal("write")?.message, plane.isReachableFrom("w1")]).toEqual([undefined, "etcdserver: mvcc: database space exceeded", true]);
    run(11);
    expect(plane.loopLeader).toBeUndefined();
    plane.setSpace(true);
    run(60);
    expect([plane.outage, plane.loopLeader]).toEqual([undefined, "cp1"]);
  });
});

describe("certificates", () => {
  it("end on their day; a restart renews those of k3s and not those of kubeadm", () => {
    for (const [renewedWithinMs, isWell] of [[90 * 86_400_000, true], [0, false]] as const) {
      loop = new EventLoop(0);
      const plane = controlPlane({ servers: ["pi1"], datastore: "sqlite" });
      plane.setCertificates({ untilMs: 60_000, lifeMs: 365 * 86_400_000, renewedWithinMs });
      run(59);
      expect(plane.outage).toBeUndefined();
      run(2);
      expect(plane.outage).toBe("certificates expired");
      lose(plane, "pi1");
      giveBack(plane, "pi1");
      run(30);
      expect(plane.outage === undefined).toBe(isWell);
    }
  });

  it("that have long to go are left as they are by a restart", () => {
    const plane = controlPlane({ servers: ["pi1"], datastore: "sqlite" });
    plane.setCertificates({ untilMs: 200 * 86_400_000, lifeMs: 365 * 86_400_000, renewedWithinMs: 90 * 86_400_000 });
    lose(plane, "pi1");
    giveBack(plane, "pi1");
    run(201 * 86_400);
    expect(plane.outage).toBe("certificates expired");
  });
});

describe("the process that leads the loops", () => {
  it("dies: whoever comes next waits for its lease", () => {
    const plane = controlPlane();
    plane.loseLeader();
    run(14);
    expect(plane.loopLeader).toBeUndefined();
    run(4);
    expect(plane.loopLeader).toBe("cp1");
  });
});
