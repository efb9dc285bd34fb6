/** Remembers in memory what people were told of. */
import type { Told } from "../../functions/told";

/** Remembers claims as the table does, without its clock: a claim lasts until it is confirmed. */
export class MemoryTold<K> implements Told<K> {
  readonly items = new Map<string, { report: string; told: boolean }>();

  async claim(key: K, by: string) {
    const known = this.items.get(JSON.stringify(key));
    if (known?.told) return "told";
    if (known && known.report !== by) return "claimed";
    this.items.set(JSON.stringify(key), { report: by, told: false });
    return "ours";
  }

  async confirm(key: K) {
    const known = this.items.get(JSON.stringify(key));
    if (known) known.told = true;
  }
}
