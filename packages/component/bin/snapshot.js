#!/usr/bin/env node
// componentize-js runs this instead of wizer. It is a committed file, because a compiled one is not executable.
await import("../dist/snapshot/command.js");
