import { generate } from 'selfsigned';

/** Everything in PEM. */
export interface Authority {
  ca: string;
  caKey: string;
  cert: string;
  key: string;
}

const EC = { keyType: 'ec', algorithm: 'sha256' } as const;

/**
 * A certificate authority of its own and one certificate signed by it, as a cluster has when it is installed.
 * @param names - DNS names the certificate is for. @param addresses - IP addresses it is for.
 */
export async function certify(names: string[], addresses: string[]): Promise<Authority> {
  const root = await generate([{ name: 'commonName', value: `${names[0]} CA` }], {
    ...EC,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: 'commonName', value: names[0] ?? 'cluster' }], {
    ...EC,
    ca: { key: root.private, cert: root.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...names.map((value) => ({ type: 2 as const, value })), ...addresses.map((ip) => ({ type: 7 as const, ip }))],
      },
    ],
  });
  return { ca: root.cert, caKey: root.private, cert: leaf.cert, key: leaf.private };
}
