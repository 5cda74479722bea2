#!/usr/bin/env node
// A committed file, so that npm can link the command before the package is compiled.
await import("../dist/cli.js");
