/** Writes a message as a record of ServiceNow's table of incidents, for its Table API. */
import { headed, type Message } from "../message";
import { bodyOf, cut, fitted, isEnd } from "./words";

/** As ServiceNow delivers the table: short_description 160, description and work_notes 4,000 characters. */
const shortLimit = 160;
const room = {
  line: 1_000,
  whole: 3_700,
  weigh: (line: string) => uncoded(line).length + 8,
};

export interface ServiceNowCreation {
  readonly short_description: string;
  readonly description: string;
  /** 1 is high, 3 is low; ServiceNow derives the priority. */
  readonly urgency: "1" | "3";
  readonly impact: "1" | "2" | "3";
  readonly correlation_id: string;
  readonly correlation_display: "Cordon";
}

export interface ServiceNowUpdate {
  readonly work_notes: string;
  readonly state?: "6";
  readonly close_code?: "Solution provided";
  readonly close_notes?: string;
}

/** @param id names the record of a message without incident */
export function serviceNowCreation(whole: Message, id: string): ServiceNowCreation {
  const message = fitted(whole, room);
  const { origin, urgency } = message;
  const isHigh = (origin?.severity ?? 0) >= 7;
  return {
    short_description: cut(uncoded(headed(message)), shortLimit),
    description: textOf(message),
    urgency: urgency === "urgent" ? "1" : "3",
    impact: urgency === "urgent" ? "1" : isHigh ? "2" : "3",
    correlation_id: origin?.incident ?? id,
    correlation_display: "Cordon",
  };
}

/** Writes a work note, which callers do not see; one that ends the incident resolves the record, too. */
export function serviceNowUpdate(whole: Message): ServiceNowUpdate {
  const message = fitted(whole, room);
  const note = { work_notes: textOf(message) };
  if (!isEnd(message)) return note;
  return {
    ...note,
    // Resolved. A data policy of ServiceNow asks for code and notes then; the code is one of its own list.
    state: "6",
    close_code: "Solution provided",
    close_notes: cut(uncoded(headed(message)), shortLimit),
  };
}

function textOf(message: Message): string {
  return uncoded(`${headed(message)}\n\n${bodyOf(message)}`);
}

/**
 * Keeps ServiceNow from showing HTML: it does between [code] and [/code], where an instance has not set
 * glide.ui.security.allow_codetag to false. And from mentioning people, which @[ begins.
 */
function uncoded(text: string): string {
  return text.replace(/\[(\/?code)/gi, "[ $1").replaceAll("@[", "@ [");
}
