/** Things begun by a request that have not come to a rest: while there are any, virtual time stands still. */
export class Begun {
  #count = 0;

  /** @param ended called whenever one has come to a rest */
  constructor(private readonly ended: () => void) {}

  get any(): boolean {
    return this.#count > 0;
  }

  /** Counts what is done as begun until it is over. */
  async during<T>(act: () => Promise<T> | T): Promise<T> {
    this.#count++;
    try {
      return await act();
    } finally {
      this.#count--;
      this.ended();
    }
  }
}
