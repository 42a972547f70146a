/**
 * Keys for other purposes, derived from the key that the store is sealed under: whoever has that key can derive them
 * again, and nobody else.
 */
export interface StoreSecret {
  /** `keyId` names the store key in force. @throws LimenError `store_key_missing` */
  derive(purpose: string, salt: Uint8Array): { readonly keyId: string; readonly key: Uint8Array };
  /** @throws LimenError `store_key_missing` | `store_key_wrong` when that key is not here */
  deriveFrom(keyId: string, purpose: string, salt: Uint8Array): Uint8Array;
}
