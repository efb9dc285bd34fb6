/** Generates findings, policies and circumstances for the laws of decisions. */
import fc from "fast-check";
import { playbookIds } from "../../functions/catalogue/playbooks";
import type { Circumstances } from "../../functions/decide/circumstances";
import type { Finding } from "../../functions/model/finding";
import type { TrippedBrake } from "../../functions/record/brakes";
import type { Exception } from "../../functions/record/exceptions";
import * as builders from "./builders";
import { figures } from "./decisions";

/** Mostly what lets a response go ahead, so that many a case does; now and then something else. */
const mostly = <T, U>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<U>) =>
  fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: other });
export const unknown = fc.string().map((why) => ({ known: false as const, why }));
const known = <T>(value: fc.Arbitrary<T>) =>
  value.map((some) => ({ known: true as const, value: some }));
export const released = "2026-11-20T10:00:00.000Z";
const tripped: TrippedBrake = {
  scope: "organization",
  limit: 50,
  trippedAt: "2026-11-20T09:59:00.000Z",
  incident: "0f3a9c1d2b4e5f60-1",
};

const whose = ["outsider", "unclear"] as const;
export const anyFinding: fc.Arbitrary<Partial<Finding>> = fc.record(
  {
    severity: mostly(
      fc.double({ min: 7, max: 10, noNaN: true }),
      fc.double({ min: 0, max: 10, noNaN: true }),
    ),
    begunBy: mostly(
      fc.constant({ who: "resource" as const, why: "it scans" }),
      fc.constantFrom(...whose.map((who) => ({ who, why: "it is said" }))),
    ),
    sample: fc.boolean(),
    requestedAt: fc.constant("2026-11-20T10:00:01.000Z"),
    lastSeen: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  },
  { requiredKeys: ["severity", "begunBy", "sample", "lastSeen"] },
);
export const anyResource = fc.constantFrom("instance" as const, "user" as const, "role" as const);
const anyTarget = fc
  .record({
    state: mostly(fc.constant("present"), fc.constantFrom("missing", "terminated")),
    quarantined: mostly(fc.constant(false), fc.constant(true)),
    optedOut: mostly(fc.constant(false), fc.constant(true)),
    limit: mostly(
      fc.constantFrom(undefined, {
        tier: "approve" as const,
        why: "a workload's",
        manualSteps: [],
      }),
      fc.constant({ tier: "notify" as const, why: "a service's", manualSteps: [] }),
    ),
  })
  .map(({ limit, ...target }) => ({ ...target, ...(limit && { limit }) }));
const anyCover = {
  resource: fc.constantFrom(builders.instanceArn, "arn:aws:iam::222233334444:user/deploy"),
  account: mostly(fc.constant(builders.account), fc.constant("999988887777")),
  unit: fc.constantFrom("ou-cord-workloads", "ou-cord-security"),
  tag: fc.constantFrom("env=lab", "env=prod"),
  playbook: fc.constantFrom(...playbookIds),
  type: fc.constantFrom("CryptoCurrency:EC2/*", "UnauthorizedAccess:*", "Backdoor:EC2/XORDDOS"),
};
export const anyEntry: fc.Arbitrary<Exception> = fc
  .tuple(
    fc.record(anyCover),
    fc.subarray(Object.keys(anyCover) as (keyof typeof anyCover)[], {
      minLength: 1,
      maxLength: 2,
    }),
  )
  .map(([all, named]) => Object.fromEntries(named.map((field) => [field, all[field]])))
  .map((covers) => builders.exception(covers));
export const anyExceptions = fc.record({
  entries: mostly(fc.constant([]), fc.array(anyEntry, { minLength: 1, maxLength: 3 })),
  units: fc.constant(["ou-cord-workloads"]),
});
export const anyCircumstances: fc.Arbitrary<Circumstances> = fc.record({
  exceptions: mostly(known(anyExceptions), unknown),
  units: known(fc.constant(["ou-cord-workloads"])),
  account: mostly(
    known(fc.constant({ id: builders.account, name: "Web shop" })),
    fc.oneof(known(fc.constant(undefined)), unknown),
  ),
  target: mostly(known(anyTarget), unknown),
  releasedAt: mostly(
    known(fc.constant(undefined)),
    fc.oneof(known(fc.constantFrom(released, "no time")), unknown),
  ),
  ageMs: mostly(
    fc.integer({ min: 0, max: 3_600_000 }),
    fc.constantFrom(3_600_001, 86_400_000, 86_400_001, 14 * 86_400_000, Infinity),
  ),
  stillCurrent: mostly(
    known(fc.constantFrom("not-asked" as const, "current" as const)),
    fc.oneof(known(fc.constantFrom("archived", "updated", "missing")), unknown),
  ),
  falsePositives: mostly(
    known(fc.constantFrom(figures(0, 0), figures(1, 4), figures(1, 10))),
    fc.oneof(known(fc.constantFrom(figures(2, 5), figures(2, 19))), unknown),
  ),
  brakes: mostly(known(fc.constant([])), fc.oneof(known(fc.constant([tripped])), unknown)),
});
export const arns = {
  instance: builders.instanceArn,
  user: "arn:aws:iam::222233334444:user/deploy",
  role: "arn:aws:iam::222233334444:role/analyst",
};
export const anyPolicy = fc.record({
  mode: fc.constantFrom("dry-run" as const, "enforce" as const),
  sampleFindings: mostly(fc.constant("act" as const), fc.constant("log" as const)),
  governedRegions: mostly(fc.constant([builders.region]), fc.constant(["us-east-1"])),
  protectedResources: mostly(
    fc.constantFrom([], [`${builders.instanceArn}0`]),
    fc.constantFrom(...Object.values(arns).map((arn) => [arn])),
  ),
  breakGlass: fc.record({
    roles: mostly(fc.constantFrom([], ["deploy"]), fc.constantFrom(["analyst"], ["ana*"])),
    users: mostly(fc.constantFrom([], ["analyst"]), fc.constantFrom(["deploy"], ["*"])),
  }),
});

const anyTags = fc.dictionary(
  fc.oneof(
    fc.string(),
    fc.constantFrom("Criticality", "AutoRemediation", "SecurityStatus", "cordon", "env", "Role"),
  ),
  fc.oneof(fc.string(), fc.constantFrom("critical", "disabled", "Restored", "lab", "proxy")),
  { maxKeys: 5 },
);
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("log", "Sample", "\n\nStatus: resolved", "*", "cordon:sampleFindings=log"),
);
/** What whoever has an account may write: names, tags, settings and texts that a finding quotes. */
export const anyWritten = fc
  .record({
    tags: anyTags,
    optedOut: fc.boolean(),
    quarantined: fc.boolean(),
    forwarding: fc.array(anyText, { maxLength: 2 }),
    lastIn: fc.array(anyText, { maxLength: 2 }),
    // An account may use up its own rate of calls.
    unread: mostly(fc.constant(undefined), anyText),
    // A trust policy that names a service.
    limit: mostly(
      fc.constant(undefined),
      fc.constant({ tier: "approve" as const, why: "Workloads use it", manualSteps: [] }),
    ),
    title: anyText,
    named: fc.array(anyText, { maxLength: 3 }),
    severity: fc.double({ min: 7, max: 10, noNaN: true }),
  })
  .map(({ forwarding, lastIn, unread, limit, ...written }) => ({
    ...written,
    service: { forwarding, lastIn, ...(unread !== undefined && { unread }) },
    ...(limit && { limit }),
  }));
