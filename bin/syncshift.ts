#!/usr/bin/env node
import manifest from '../package.json' with { type: 'json' };

const [major = 0] = process.versions.node.split('.').map(Number);
const [, , ...words] = process.argv;

if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`${manifest.version}\n`);
} else if (major < 24) {
  process.stderr.write(
    `syncshift needs Node 24, this is ${process.versions.node}; in a checkout use "npm run -s syncshift -- …", which brings its own\n`,
  );
  process.exitCode = 2;
} else {
  const { main } = await import('../lib/cli/main.ts');
  process.exitCode = await main(words, manifest.version);
}
