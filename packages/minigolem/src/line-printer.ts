/** Milliseconds. */
const pause = 10;

/** Prints the lines of some milliseconds at once: to write one takes as long as all else that the main thread does for it. */
export class LinePrinter {
  #waiting: string[] = [];

  constructor() {
    process.once("exit", () => this.flush());
  }

  print(line: string): void {
    if (this.#waiting.push(line) === 1) setTimeout(() => this.flush(), pause);
  }

  flush(): void {
    const lines = this.#waiting;
    this.#waiting = [];
    if (lines.length > 0) console.log(lines.join("\n"));
  }
}
