/**
 * The request target with everything outside ASCII percent-encoded. curl sends `?username=José` as raw UTF-8, and
 * Node hands every byte over as one latin-1 character; decoding later would make `JosÃ©` of it.
 */
export function encodeRawBytes(target: string): string {
  return target.replace(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
