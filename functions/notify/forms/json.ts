/** Writes a message for other teams' programs, as contract/message.ts describes it. */
import type { CordonMessage } from "../../../contract/message";
import { aboutOf, type Message } from "../message";
import { fitted } from "./words";

/** SNS takes 256 KiB a message, attributes included; so do queues that have not been set to more. */
const room = {
  line: 20_000,
  whole: 240_000,
  weigh: (line: string) => Buffer.byteLength(JSON.stringify(line)) + 40,
};

export function messageJson(whole: Message, id: string, at: Date): string {
  const { origin, sections, channels, ...said } = fitted(whole, room);
  const form: CordonMessage = {
    format: "cordon-message/1",
    id,
    at: at.toISOString(),
    ...said,
    about: aboutOf(whole),
    ...(channels === "test" && { test: true as const }),
    lead: [...said.lead],
    facts: [...said.facts],
    sections: sections.map(({ title, lines }) => ({ title, lines: [...lines] })),
    closing: [...said.closing],
    ...(origin && { origin: { ...origin, links: [...origin.links] } }),
  };
  return JSON.stringify(form);
}
