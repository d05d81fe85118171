/** Hides known secret values in what agents printed, byte for byte, so that offsets stay what they are. */

/** At a seam that cannot be looked past, the beginning or end of a secret is hidden from this many bytes on. */
const MIN_PARTIAL_BYTES = 4;
const STAR = "*".charCodeAt(0);

/** Seams: what stands beyond the bytes cannot be read (a hole, the end of a file that still grows). */
interface Seams {
  readonly before: boolean;
  readonly after: boolean;
}

/** A copy in which each whole secret, overlapping ones too, is stars; and at a seam also what may be a part of one. */
export function maskSecrets(
  bytes: Buffer,
  secrets: readonly string[],
  seams: Seams = { before: false, after: false },
): Buffer {
  const masked = Buffer.from(bytes);
  for (const secret of secretBytes(secrets)) {
    for (let at = bytes.indexOf(secret); at !== -1; at = bytes.indexOf(secret, at + 1)) {
      masked.fill(STAR, at, at + secret.length);
    }
    if (seams.before) masked.fill(STAR, 0, partAtStart(bytes, secret));
    if (seams.after) masked.fill(STAR, bytes.length - partAtEnd(bytes, secret));
  }
  return masked;
}

/** A secret as it is, and in all the ways in which programs write it as JSON, also as JSON within a text of JSON. */
export function asInJson(secrets: readonly string[]): string[] {
  const once = secrets.flatMap((secret) => [secret, ...WRITINGS.map((write) => write(inJson(secret)))]);
  return [...new Set([...once, ...once.map(inJson)])];
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** As JavaScript does; Python (all that is no ASCII); Go (what HTML knows too); PHP (slashes). */
const WRITINGS: readonly ((json: string) => string)[] = [
  (json) => json,
  (json) => json.replace(/[\u0080-\uffff]/g, escaped),
  (json) => json.replace(/[<>&\u2028\u2029]/g, escaped),
  (json) => json.replace(/[\u0080-\uffff]/g, escaped).replaceAll("/", "\\/"),
];

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** How many bytes around a piece must be read so that no secret across its edges is missed. */
export function seamBytes(secrets: readonly string[]): number {
  return Math.max(0, ...secretBytes(secrets).map((secret) => secret.length - 1));
}

function secretBytes(secrets: readonly string[]): Buffer[] {
  return secrets.filter((secret) => secret !== "").map((secret) => Buffer.from(secret));
}

function partAtStart(bytes: Buffer, secret: Buffer): number {
  for (let length = Math.min(secret.length - 1, bytes.length); length >= MIN_PARTIAL_BYTES; length -= 1) {
    if (bytes.subarray(0, length).equals(secret.subarray(secret.length - length))) return length;
  }
  return 0;
}

function partAtEnd(bytes: Buffer, secret: Buffer): number {
  for (let length = Math.min(secret.length - 1, bytes.length); length >= MIN_PARTIAL_BYTES; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(secret.subarray(0, length))) return length;
  }
  return 0;
}
