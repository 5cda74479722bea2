/** What we read of a package-lock.json (version 3). */
export interface Lock {
  packages: Record<string, LockedPackage>;
}

interface LockedPackage {
  version?: string;
  dev?: true;
  link?: true;
  optional?: true;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

/**
 * A lock file with an entry for each optional package. npm leaves out those that its registry cannot give it, a mirror
 * for one platform for instance, and then `npm ci` takes the lock file for out of date. An entry has no checksum: npm
 * installs it only where its name says it belongs.
 */
export function withEveryPlatform(lock: Lock): Lock {
  const packages = { ...lock.packages };
  for (const [path, { dev, optionalDependencies = {} }] of Object.entries(lock.packages))
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const here = [`${path}/node_modules/${name}`, `node_modules/${name}`];
      if (here.some((place) => place in packages)) continue;
      packages[`node_modules/${name}`] = { version, ...(dev && { dev }), optional: true, ...platform(name) };
    }
  return { ...lock, packages: Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Node's words for the platform that a package's name ends in, such as `linux-arm64-musl`. */
function platform(name: string): Pick<LockedPackage, "os" | "cpu" | "libc"> {
  const words = (name.split("/").at(-1) as string).split("-");
  const of = (known: string[]) => words.filter((word) => known.includes(word));
  const os = of(["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"]);
  const cpu = of(["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"]);
  const libc = of(["musl"]);
  return { ...(os.length && { os }), ...(cpu.length && { cpu }), ...(libc.length && { libc }) };
}
