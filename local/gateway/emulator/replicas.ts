/**
 * Lets reads answer as they did some time ago. EC2 and IAM are eventually consistent: what was just
 * written may not be read yet, and the id of what was just made may not be known (EC2 Developer
 * Guide, "Eventual consistency"; IAM User Guide, "Changes that I make are not always immediately
 * visible").
 */
import { type Moto, send } from "./moto";

interface Replica {
  readonly moto: Pick<Moto, "url">;
  /** When it was made, in milliseconds of `performance.now`. */
  readonly born: number;
}

export class Replicas {
  #replicas: readonly Replica[] = [];
  #latest: Promise<void> | undefined;

  constructor(
    private readonly moto: Pick<Moto, "url">,
    /** For how many milliseconds after a write no read shows it. */
    readonly lagMs: number,
  ) {}

  /** Milliseconds after a write at which every read shows it. */
  get longestMs(): number {
    return this.lagMs * 1.25;
  }

  /**
   * Keeps the state before a write; resolves once the write may go on. Writes within a quarter of
   * the lag share one replica, so that the later ones stay unseen up to a quarter longer.
   */
  async beforeWrite(): Promise<void> {
    const newest = this.#replicas.at(-1);
    if (newest && performance.now() - newest.born < this.lagMs / 4) return;
    this.#latest ??= this.#fork().finally(() => {
      this.#latest = undefined;
    });
    await this.#latest;
  }

  /** The state that reads show now: that of before the oldest write which is not to be seen yet. */
  get current(): Pick<Moto, "url"> | undefined {
    const oldest = performance.now() - this.longestMs;
    this.#replicas = this.#replicas.filter(({ born }) => born > oldest);
    return this.#replicas[0]?.moto;
  }

  async #fork(): Promise<void> {
    const born = performance.now();
    const received = await send({
      url: this.moto.url,
      method: "POST",
      path: "/cordon/replica",
      headers: { "content-type": "application/json" },
      // A read that began before the end is answered, too.
      body: Buffer.from(JSON.stringify({ seconds: this.longestMs / 1_000 + 10 })),
    });
    if (received.status !== 200) {
      throw new Error(`The emulator made no replica: ${received.body.toString().slice(0, 200)}`);
    }
    const { port } = JSON.parse(received.body.toString()) as { readonly port: number };
    this.#replicas = [...this.#replicas, { moto: { url: `http://127.0.0.1:${port}` }, born }];
  }
}
