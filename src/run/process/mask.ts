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

/** A secret as it is, and as JSON writes it. */
export function asInJson(secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
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
