/** What stops a worker takes turns: nothing starts while one of these is under way, or the next would find half an instance. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;

  get busy(): boolean {
    return this.#count > 0;
  }

  /** @param after called when it is over, unless another one is to follow */
  async take(act: () => Promise<void>, after: () => void): Promise<void> {
    this.#count++;
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => {});
    try {
      await turn;
    } finally {
      this.#count--;
      if (!this.busy) after();
    }
  }
}
