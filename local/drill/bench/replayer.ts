/** The process of a replay: apart from what is measured, so that answering costs it nothing. */
import { answering } from "./process";
import { movedTo, type Recording, type Round, readRecording } from "./recording";
import { Replay } from "./replay";

export type ReplayerRequest =
  | { readonly open: string }
  | { readonly begin: RoundName; readonly latencyMs: number }
  | { readonly end: true };

/** A function's playbook and one of its rounds; "first" is its first. */
export interface RoundName {
  readonly playbook: string;
  readonly round: string;
}

const replay = new Replay();
let recording: Recording = {};

answering(async (request: ReplayerRequest) => {
  if ("open" in request) {
    const endpoint = await replay.listen();
    recording = movedTo(endpoint, readRecording(request.open));
    return endpoint;
  }
  if ("begin" in request) {
    replay.begin(roundOf(recording, request.begin), request.latencyMs);
    return undefined;
  }
  return replay.end();
});

function roundOf(from: Recording, { playbook, round }: RoundName): Round {
  const responses = from[playbook];
  const found = round === "first" ? responses?.first : responses?.rounds[round];
  if (found === undefined) throw new Error(`The recording has no ${round} of ${playbook}`);
  return found;
}
