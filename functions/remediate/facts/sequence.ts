import type { Part } from "../../model/resource";
import type { FactsReader, TargetState } from "./reader";

/** How far the response to a part goes, judged as an incident of its own would be. */
export type Stance =
  | { readonly is: "in" }
  /** The plan has it, and a responder must approve the plan. */
  | {
      readonly is: "asks";
      readonly why: string;
      readonly manualSteps?: readonly string[] | undefined;
    }
  /** It could not be read: the next delivery may. */
  | { readonly is: "unread"; readonly why: string }
  /** It is contained already: nothing is left open. */
  | { readonly is: "contained"; readonly why: string }
  | {
      readonly is: "out";
      readonly why: string;
      readonly manualSteps?: readonly string[] | undefined;
    };

export interface JudgedPart {
  readonly part: Part;
  /** As the reader of its own kind returns them; undefined where it could not be read. */
  readonly facts: unknown;
  readonly target: TargetState | undefined;
  readonly stance: Stance;
}

/** What containing an attack sequence must remember: of each part what an incident of its own would. */
export interface SequenceFacts {
  readonly parts: readonly JudgedPart[];
}

/** Reasons that one sentence names at most. */
const mostNamed = 5;

/**
 * The parts are read and judged by the flow, each with the role and in the region of its own
 * (functions/flows/respond/parts.ts). Here is what they mean together.
 */
export const sequenceFacts: FactsReader<"sequence", SequenceFacts> = {
  read: () => Promise.reject(new Error("An attack sequence is read by its parts")),
  circumstances({ parts }, { resource: { asides } }): TargetState {
    const having = (...stances: readonly Stance["is"][]) =>
      parts.filter(({ stance }) => stances.includes(stance.is));
    const planned = having("in", "asks");
    const asking = having("asks");
    const left = having("out", "contained", "unread");
    const open = asides.filter(({ isOpen }) => isOpen);
    const others = open.map(({ what, why }) => `${what}: ${why}`).slice(0, mostNamed);
    const limit =
      planned.length === 0
        ? ({
            tier: "notify",
            why: `Cordon contains nothing of the attack sequence: ${[namely(left), ...others].join("; ")}`,
            manualSteps: [
              ...manualStepsOf(left),
              ...open.flatMap(({ manualSteps }) => manualSteps),
            ],
          } as const)
        : asking.length > 0
          ? ({ tier: "approve", why: namely(asking), manualSteps: manualStepsOf(asking) } as const)
          : undefined;
    return {
      state:
        open.length === 0 &&
        parts.length > 0 &&
        parts.every(({ target }) => target && target.state !== "present")
          ? "missing"
          : "present",
      quarantined: false,
      optedOut: false,
      // Tags are its parts': no exception by a tag covers the whole.
      tags: {},
      ...(limit && { limit }),
      parts: [...planned, ...having("unread")].map(({ part, target }) => ({ part, target })),
    };
  },
  permissions: () => [],
};

function namely(parts: readonly JudgedPart[]): string {
  const named = parts
    .slice(0, mostNamed)
    .map(({ part, stance }) => `${part.name}: ${"why" in stance ? stance.why : ""}`);
  const more = parts.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join("; ");
}

function manualStepsOf(parts: readonly JudgedPart[]): readonly string[] {
  const steps = parts.flatMap(({ stance }) =>
    "manualSteps" in stance ? (stance.manualSteps ?? []) : [],
  );
  return [...new Set(steps)];
}
