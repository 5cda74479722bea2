/** What is going on besides the demos: one line on a terminal, which each text replaces; elsewhere a line for each text. */
export interface Status {
  show(text: string): void;
  /** Keeps the status away while a demo writes. What changes meanwhile is shown afterwards. */
  pause(): void;
  resume(): void;
}

export function statusOn(stream: NodeJS.WriteStream): Status {
  let paused = false;
  let latest = "";
  let written = "";
  const clear = () => {
    if (stream.isTTY && written) stream.write("\r\x1b[2K");
    written = "";
  };
  const write = () => {
    if (paused || latest === "" || latest === written) return;
    clear();
    stream.write(stream.isTTY ? latest.slice(0, (stream.columns || 80) - 1) : `${latest}\n`);
    written = latest;
  };
  return {
    show(text) {
      latest = text;
      write();
    },
    pause() {
      clear();
      paused = true;
      latest = "";
    },
    resume() {
      paused = false;
      write();
    },
  };
}
