/** The bytes of message k. */
export function filled(k, size) {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = k * 31 + i * 7 + (i >>> 8);
  return bytes;
}
