/** What the digests list, kept in memory. */
import type { DigestEntry, DigestLog } from "../../functions/record/digest";

export class MemoryDigest implements DigestLog {
  readonly days: Record<string, Record<string, DigestEntry>> = {};

  async note(entry: Omit<DigestEntry, "times">): Promise<void> {
    const day = entry.lastAt.slice(0, 10);
    const key = `${entry.account}/${entry.finding}`;
    const times = (this.days[day]?.[key]?.times ?? 0) + 1;
    this.days[day] = { ...this.days[day], [key]: { ...entry, times } };
  }

  async of(day: string, most: number) {
    const entries = Object.values(this.days[day] ?? {});
    return { entries: entries.slice(0, most), more: entries.length > most };
  }
}
