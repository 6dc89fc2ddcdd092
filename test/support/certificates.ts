import { generate } from 'selfsigned';

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const EC = { keyType: 'ec', algorithm: 'sha256' } as const;
const FOR_LOCALHOST = {
  name: 'subjectAltName',
  altNames: [
    { type: 2, value: 'localhost' },
    { type: 7, ip: '127.0.0.1' },
  ],
} as const;

/** A certificate for this machine from a known authority that was valid until yesterday. */
export async function expired(authority: Certificate): Promise<Certificate> {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'an old cluster' }], {
    ...EC,
    ca: authority,
    notBeforeDate: daysAgo(30),
    notAfterDate: daysAgo(1),
    extensions: [{ ...FOR_LOCALHOST, altNames: [...FOR_LOCALHOST.altNames] }],
  });
  return { cert, key };
}

/** A certificate for this machine that nobody but itself vouches for. */
export async function unknown(): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'another cluster' }], {
    ...EC,
    extensions: [{ ...FOR_LOCALHOST, altNames: [...FOR_LOCALHOST.altNames] }],
  });
  return { cert, key };
}
