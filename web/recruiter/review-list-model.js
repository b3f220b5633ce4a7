// The list of applicants that a member goes through, newest first, read page by page.

export class ReviewList {
  #readPage;
  #items = [];
  /** @type {string | null} the cursor of the next page; null after the last one */
  #next = "";
  /** @type {Promise<void> | null} */
  #reading = null;

  /** @param {(cursor: string) => Promise<{applicants: any[], next: string | null}>} readPage */
  constructor(readPage) {
    this.#readPage = readPage;
  }

  /** Add a page that follows the ones before. */
  add({ applicants, next }) {
    this.#items.push(...applicants);
    this.#next = next;
  }

  /**
   * Return the applicant before (`step` -1) or after (1) another one, or null at the ends. One who is not in
   * the list, because a decision changed the stage, has the place of the time of the application.
   */
  async neighbour({ id, accepted_at: acceptedAt }, step) {
    // Times of the API differ in their digits, so texts do not compare.
    const time = Date.parse(acceptedAt);
    const isOlder = (one) => Date.parse(one.accepted_at) < time;
    const find = () => this.#items.findIndex((one) => one.id === id);
    while (find() < 0 && !this.#items.some(isOlder) && this.#next !== null) await this.#readMore();
    const index = find();
    if (index >= 0) {
      while (step > 0 && index === this.#items.length - 1 && this.#next !== null) await this.#readMore();
      return this.#items[index + step] ?? null;
    }
    const after = this.#items.findIndex(isOlder);
    const place = after < 0 ? this.#items.length : after;
    return this.#items[step > 0 ? place : place - 1] ?? null;
  }

  #readMore() {
    this.#reading ??= this.#readPage(this.#next ?? "")
      .then((page) => this.add(page))
      .finally(() => (this.#reading = null));
    return this.#reading;
  }
}
