/** In a component of which jco says that something may go on asynchronously, everything stays as jco wrote it. */
const asynchronous = /\b(?:isAsync|isManualAsync|funcTypeIsAsync|_jcoMaySuspend): true\b/;

/** What a core module calls for a host function. */
const trampoline = /^( *)const (_trampoline\d+) = (function\(.*\) \{\n)([\s\S]*?^\1\}\n)/gm;

/** What jco hands to the core module, which makes tasks around it. */
const lowered =
  /^( *)let trampoline\d+ = (_trampoline\d+)\.manuallyAsync \?[\s\S]*?^ *componentIdx: (\d+),\n[\s\S]*?^\1\);\n/gm;

/** A message that is written when `process.env.JCO_DEBUG` says so. */
const debug = /^( *)_debugLog\((?:.*\);\n|.*\n(?:(?!\1\}\);\n).*\n)*\1\}\);\n)/gm;

const task = {
  made: /^ *const hostProvided = true;\n[\s\S]*?^ *const started = task\.enterSync\(\);\n/m,
  call: /_withGlobalCurrentTaskMeta\(\{\n.*\n.*\n *fn: \(\) => _trackHostOperation\(\(\) => ([\s\S]*?)\),\n *\}\)\n *;/,
  ended: /^ *task\.(?:setErrored|reject|resolve|exit)\(.*\);\n/gm,
};

/**
 * Takes out of a script of jco's what only an asynchronous component needs. For each call of a host function jco makes two tasks, a
 * handle and three promises. V8 has yet to warm that code up in each new instance: it is a third of what a recovery takes.
 * @returns the script with host functions that are called at once; one that has another shape than expected stays as it was
 */
export function synchronous(script: string): string {
  if (asynchronous.test(script)) return script;
  const caller = new Map([...script.matchAll(lowered)].map(([, , name, component]) => [name, component]));
  const plain = new Set<string>();
  return script
    .replace(trampoline, (whole, indent: string, name: string, head: string, body: string) => {
      const rest = body.replace(debug, "").replace(task.made, "").replace(task.call, "$1;").replace(task.ended, "");
      if (!caller.has(name) || /\b(?:task|(?:sub|parent)Task|createTask)\b/i.test(rest)) return whole;
      plain.add(name);
      return `${indent}const ${name} = ${head}_checkMayLeave(${caller.get(name)});\n${rest}`;
    })
    .replace(lowered, (whole, indent: string, name: string) =>
      plain.has(name) ? `${indent}let ${name.slice(1)} = ${name};\n` : whole,
    )
    .replace(/Object\.assign\((.+), \{ _jcoMaySuspend: false \}\)/g, "$1");
}
