/**
 * Keeps the collators that comparing strings makes anew at every call.
 *
 * The policy evaluator compares names character by character with options, and JavaScript defines
 * that as making a collator with these options and asking it. Making one takes thirty times as long
 * as asking it, which was most of what a decision took. Nothing that is answered changes.
 */
const compare = String.prototype.localeCompare;
const collators = new Map<string, Intl.Collator>();

/** From now on, comparisons with equal options in the default locale share one collator. */
export function keepCollators(): void {
  String.prototype.localeCompare = function (
    this: string,
    that: string,
    locales?: Intl.LocalesArgument,
    options?: Intl.CollatorOptions,
  ): number {
    if (locales !== undefined || options === undefined) {
      return compare.call(this, that, locales as string, options);
    }
    if (this === that) return 0;
    const { sensitivity, ...others } = options;
    const key = Object.keys(others).length === 0 ? String(sensitivity) : JSON.stringify(options);
    let collator = collators.get(key);
    if (!collator) {
      collator = new Intl.Collator(undefined, options);
      collators.set(key, collator);
    }
    return collator.compare(String(this), that);
  };
}
