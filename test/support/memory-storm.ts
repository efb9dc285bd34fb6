/** The notices of storms, kept in memory. */
import type { HeldNotice, StormCount, StormLog } from "../../functions/record/storm";
import { stormWindow } from "../../functions/record/storm";

export class MemoryStorm implements StormLog {
  readonly counts: Record<string, number> = {};
  readonly notices = new Map<string, HeldNotice>();
  readonly known = new Set<string>();

  async count(of: StormCount, at: Date): Promise<number> {
    const key = `${stormWindow(at)}/${of}`;
    this.counts[key] = (this.counts[key] ?? 0) + 1;
    return this.counts[key];
  }

  async hold(notice: HeldNotice): Promise<void> {
    this.notices.set(notice.id, notice);
  }

  async unpublished(from: Date, to: Date): Promise<readonly HeldNotice[]> {
    return [...this.notices.values()].filter(
      ({ id, at }) =>
        !this.known.has(id) &&
        stormWindow(new Date(at)) >= stormWindow(from) &&
        stormWindow(new Date(at)) <= stormWindow(to),
    );
  }

  async markPublished(notices: readonly HeldNotice[]): Promise<void> {
    for (const { id } of notices) this.known.add(id);
  }
}
