import { createHash } from "node:crypto";
import type { Catalogue } from "../../catalogue/playbooks";
import type { Incident } from "../../model/incident";
import type { Part } from "../../model/resource";
import { incidentOfPart } from "../../model/sequence";
import type { JudgedPart } from "../facts/sequence";
import type { Plan } from "../plan";
import type { Playbook, PlaybookOptions } from "../playbook";
import { containAccessKey } from "./contain-access-key";
import { containInstance } from "./contain-instance";
import { revokeRoleSessions } from "./revoke-sessions";

/**
 * Characters of the plans of all parts. The journal takes 300,000 of a record, and the largest instance
 * has a plan of some 20,000.
 */
const mostCharacters = 200_000;

const playbooks = {
  "contain-access-key": containAccessKey,
  "contain-instance": containInstance,
  "revoke-sessions": revokeRoleSessions,
};

/** Runs the playbooks of its parts side by side: none waits for another, and one that fails stops no other. */
export const containSequence: Playbook<"contain-sequence"> = (
  incident,
  { parts },
  incidentId,
  now,
  options,
  suffix,
) => {
  let room = mostCharacters;
  const planned: { readonly part: Part; readonly plan: Plan<Kinds> }[] = [];
  const left: string[] = [];
  for (const judged of parts) {
    const { part, stance } = judged;
    if (stance.is !== "in" && stance.is !== "asks") {
      if (stance.is !== "contained") left.push(`${part.name} is left out: ${stance.why}`);
      continue;
    }
    const plan = planOfPart(incident, judged, incidentId, now, options, suffix);
    const { length } = JSON.stringify(plan);
    if (length > room) {
      left.push(`${part.name} is left out: the plan of the sequence is too long for one incident`);
      continue;
    }
    room -= length;
    planned.push({ part, plan });
  }
  const unread = parts.filter(({ stance }) => stance.is === "unread").map(({ part }) => part);
  const contained = parts.flatMap(({ part, stance }) =>
    stance.is === "contained" ? [`${part.name} is left out: ${stance.why}.`] : [],
  );
  const { asides } = incident.resource;
  const open = [
    ...planned.flatMap(({ plan }) => plan.open ?? []),
    ...left,
    ...asides.flatMap(({ what, why, isOpen }) => (isOpen ? [`${what} is left out: ${why}`] : [])),
  ];
  return {
    stages: planned.flatMap(({ part, plan }) =>
      plan.stages.map((stage) => ({ ...stage, part: part.name })),
    ),
    parts: [...planned.map(({ part }) => part), ...unread],
    ...(open.length > 0 && { open }),
    ...((unread.length > 0 || planned.some(({ plan }) => plan.isIncomplete)) && {
      isIncomplete: true as const,
    }),
    residual: distinct([
      ...planned.flatMap(({ plan }) => plan.residual),
      ...contained,
      ...asides.flatMap(({ what, why, isOpen }) =>
        isOpen ? [] : [`${what} is left alone: ${why}.`],
      ),
    ]),
    nextSteps: distinct([
      ...asides.flatMap(({ manualSteps }) => manualSteps),
      ...parts.flatMap(({ stance }) =>
        stance.is === "out" && stance.manualSteps !== undefined ? stance.manualSteps : [],
      ),
      ...planned.flatMap(({ plan }) => plan.nextSteps),
    ]),
  };
};

type Kinds = Catalogue["contain-sequence"]["steps"][number];

/** One cast: the compiler cannot follow a union through the map. */
function planOfPart(
  incident: Pick<Incident, "finding">,
  { part, facts }: JudgedPart,
  incidentId: string,
  now: Date,
  options: PlaybookOptions,
  suffix: string,
): Plan<Kinds> {
  const playbook = playbooks[part.playbook] as unknown as (
    incident: Incident,
    facts: unknown,
    incidentId: string,
    now: Date,
    options: PlaybookOptions,
    suffix: string,
  ) => Plan<Kinds>;
  return playbook(
    incidentOfPart(incident, part),
    facts,
    incidentId,
    now,
    options,
    // Two instances may share a role, and two sessions have one: each deny has a name of its own.
    `${suffix}-${createHash("sha256").update(part.name).digest("hex").slice(0, 8)}`,
  );
}

function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}
