import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundle, ROOT } from './bundle.ts';

/** A file that lies beside the code of a function. */
export interface BundledFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Code of a function, bundled when its stack is to be deployed. The hash is that of the bundle, so a function is deployed again when
 * what it runs has changed, and not when a comment has.
 * @param entry - path of the file that exports `handler`, from the root of the project.
 */
export function functionCode(entry: string, files: readonly BundledFile[] = []): Code {
  const tryBundle = (outdir: string): boolean => {
    bundle(entry, outdir);
    for (const { name, text } of files) writeFileSync(join(outdir, name), text, { mode: 0o644 });
    return true;
  };
  return Code.fromAsset(ROOT, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      local: { tryBundle },
      // Never used, as the local bundling always answers. What is written here tells CDK which bundles are the same.
      image: DockerImage.fromRegistry('none'),
      command: [entry, JSON.stringify(files)],
    },
  });
}
